"""The one scale of the attention pictures: white for nothing, then ColorBrewer's YlGnBu, darker the more.

Its lightness falls all the way, so it reads in grey, on paper, and for every kind of colour blindness (a test measures it
for protanopia, deuteranopia and tritanopia after Machado et al. 2009); text on it is dark or white by that lightness.
"""

import numpy as np

STOPS = ("#FFFFFF", "#E5F5D0", "#C7E9B4", "#7FCDBB", "#41B6C4", "#1D91C0", "#225EA8", "#253494", "#081D58")


def palette(steps: int = 256) -> np.ndarray:
    """(steps, 3) bytes red, green, blue; straight lines between the stops.

    >>> palette(3).tolist()
    [[255, 255, 255], [65, 182, 196], [8, 29, 88]]
    """
    stops = np.array([[int(stop[at:at + 2], 16) for at in (1, 3, 5)] for stop in STOPS], dtype=float)
    places = np.linspace(0, len(stops) - 1, steps)
    return np.stack([np.interp(places, np.arange(len(stops)), stops[:, channel]) for channel in range(3)],
                    axis=1).round().astype(np.uint8)
