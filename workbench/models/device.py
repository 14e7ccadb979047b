"""What this machine computes with."""

from functools import cache


def has_bfloat16() -> bool:
    """Whether bfloat16 is native here: training then takes two thirds of the time."""
    import torch

    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported()
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


@cache
def has_int8() -> bool:
    """Whether products of int8 are native and exact here.

    Processors without VNNI add pairs in 16 bits, which overflow, or loop, 38 times as long as floats on an EPYC with AVX2.
    """
    import torch

    if not torch.cpu._is_vnni_supported():
        return False
    largest = torch.full((64, 64), 127, dtype=torch.int8)
    return bool((torch._int_mm(largest, largest) == 64 * 127 * 127).all())


def native() -> list[str]:
    """The precisions below 32 bits that this machine computes with: of ``bfloat16`` and ``int8``."""
    return [name for name, has in (("bfloat16", has_bfloat16), ("int8", has_int8)) if has()]


def best_device() -> str:
    """``cuda`` or another accelerator where there is one, else ``cpu``."""
    import torch

    return torch.accelerator.current_accelerator().type if torch.accelerator.is_available() else "cpu"
