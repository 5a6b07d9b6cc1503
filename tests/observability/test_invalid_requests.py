"""Discord's refusals are counted within ten minutes."""

from __future__ import annotations

from bot.observability.invalid_requests import STOP, WARN, InvalidRequests


class Watch:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_only_refusals_count_and_only_for_ten_minutes() -> None:
    watch = Watch()
    requests = InvalidRequests(watch)
    for status in (200, 204, 400, 401, 403, 404, 429, 500):
        requests.answered(status)
    requests.answered(429, shared=True)  # a limit that others use too: it is not held against us
    assert requests.count == 3
    watch.seconds = 300
    requests.answered(403)
    watch.seconds = 601
    assert requests.count == 1
    watch.seconds = 901
    assert requests.count == 0


def test_the_alarm_is_raised_once_and_optional_work_stops_later() -> None:
    watch = Watch()
    requests = InvalidRequests(watch)
    told: list[int] = []
    requests.alarm = told.append
    for _ in range(STOP - 1):
        requests.answered(403)
    assert told == [WARN]
    assert requests.optional_allowed
    requests.answered(403)
    assert not requests.optional_allowed
    watch.seconds = 700
    assert requests.optional_allowed
    for _ in range(WARN):
        requests.answered(429)
    assert told == [WARN, WARN]
