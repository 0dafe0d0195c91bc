"""How far work has come, as stages tell it to whoever shows it."""

from __future__ import annotations


class PartDone(str):
    """A stage that knows how much of it is done. It is text, so that who wants no more can print it.

    Attributes
    ----------
    name
        Of the stage; it stays the same while the stage goes on.
    share
        How much of it is done, 0 to 1.
    detail
        What has been found so far.
    """

    __slots__ = ("detail", "name", "share")

    name: str
    share: float
    detail: str

    def __new__(cls, name: str, share: float, detail: str = "") -> PartDone:
        """Text with the share in per cent, and the parts of it."""
        made = super().__new__(cls, f"{name} {share:4.0%}  {detail}".rstrip())
        made.name, made.share, made.detail = name, share, detail
        return made
