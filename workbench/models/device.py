"""What this machine computes with."""


def has_bfloat16() -> bool:
    """Whether bfloat16 is native here: training then takes two thirds of the time."""
    import torch

    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported()
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def best_device() -> str:
    """``cuda`` or another accelerator where there is one, else ``cpu``."""
    import torch

    return torch.accelerator.current_accelerator().type if torch.accelerator.is_available() else "cpu"
