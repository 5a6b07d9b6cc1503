"""Values that are kept in memory for a while."""

from __future__ import annotations

from bot.ui.kept import Kept


class Watch:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_value_is_there_until_its_time_is_over() -> None:
    watch = Watch()
    kept: Kept[str, str] = Kept(3, 10.0, watch)
    kept.keep("a", "typed")
    watch.now += 9.9
    assert kept.get("a") == "typed"
    watch.now += 0.1
    assert kept.get("a") is None


def test_the_oldest_value_makes_room() -> None:
    kept: Kept[int, int] = Kept(2, 10.0, Watch())
    for number in (1, 2, 1, 3):
        kept.keep(number, number)
    assert [kept.get(number) for number in (1, 2, 3)] == [1, None, 3]


def test_what_is_kept_anew_lasts_anew() -> None:
    watch = Watch()
    kept: Kept[str, int] = Kept(2, 10.0, watch)
    kept.keep("a", 1)
    watch.now += 8
    kept.keep("a", 2)
    watch.now += 8
    assert kept.get("a") == 2
