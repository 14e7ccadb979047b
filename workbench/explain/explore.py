"""A view for JupyterLab: pick a text, a layer and a head, and see its token-to-token heatmap."""

from workbench.explain.week import Explained
from workbench.figures import explain as charts


def explore(explained: Explained):
    """Drop-down of the texts, sliders of layer and head, over the heatmap of the choice (ipywidgets)."""
    import ipywidgets

    if not explained.readings:
        return ipywidgets.HTML("no text was explained")
    layers, heads = next(iter(explained.readings.values())).attentions.shape[:2]
    text = ipywidgets.Dropdown(options=list(explained.readings), description="text")
    layer = ipywidgets.IntSlider(layers, 1, layers, description="layer", continuous_update=False)
    head = ipywidgets.IntSlider(0, 0, heads, description="head", continuous_update=False)
    shown = ipywidgets.Output()

    def draw(_=None):
        reading = explained.readings[text.value]
        layer.max, head.max = reading.attentions.shape[:2]
        with shown:
            shown.clear_output(wait=True)
            charts.attention_head(reading, layer.value, head.value).show()

    for control in (text, layer, head):
        control.observe(draw, names="value")
    draw()
    note = ipywidgets.Label("head 0 is the mean of all heads")
    return ipywidgets.VBox([ipywidgets.HBox([text, layer, head]), note, shown])
