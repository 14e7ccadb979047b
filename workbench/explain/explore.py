"""A view for JupyterLab: pick an explained text, or write one, and see every head of the model on it."""

from workbench.explain.canvas import Frame, page
from workbench.explain.pages import NOT_WHY, encoder_in
from workbench.explain.pane import Pane
from workbench.explain.reading import Reading, read
from workbench.explain.week import Explained
from workbench.privacy.masks import mask
from workbench.text import LANGUAGE_NAMES, clean


def explore(explained: Explained, models: tuple[dict, dict]):
    """Drop-down of the texts, a field for any other, and the attention page of the choice below (ipywidgets)."""
    import ipywidgets

    languages = [language for language in models[0] if encoder_in(models, language)]
    if not languages:
        return ipywidgets.HTML("no model with attention is there")
    text = ipywidgets.Dropdown(options=["", *explained.readings], description="text")
    language = ipywidgets.Dropdown(options=[(LANGUAGE_NAMES[name], name) for name in languages], description="language")
    own = ipywidgets.Textarea(placeholder="or any other text", layout=ipywidgets.Layout(width="40em", height="5em"))
    button = ipywidgets.Button(description="Show")
    shown = ipywidgets.Output()

    def draw(_=None):
        with shown:
            shown.clear_output(wait=True)
            if reading := explained.readings.get(text.value):
                name = f"Attention of text {text.value}"
            elif own.value.strip():
                name, reading = "Attention", read_masked(encoder_in(models, language.value), own.value, language.value)
            else:
                return
            said = f"The model says {reading.label} with probability {reading.probability:.2f}. {NOT_WHY}"
            display(Frame(page(Pane.of(reading), name, [said])))

    def draw_own(_):
        text.value = ""
        draw()

    from IPython.display import display

    text.observe(draw, names="value")
    button.on_click(draw_own)
    return ipywidgets.VBox([text, ipywidgets.HBox([own, ipywidgets.VBox([language, button])]), shown])


def read_masked(encoder, text: str, language: str) -> Reading:
    """A text that did not come through the door is cleaned and masked as the door would, then read."""
    return read(encoder, mask(clean(text))[0], language)
