"""Times of a class as people read them."""

from __future__ import annotations

from datetime import datetime

_MINUTE = 60
_HOUR = 3600
_PATIENT = 120  # seconds up to which they are counted one by one


def moment(time: str | None, now: datetime) -> datetime | None:
    """Return a time of the protocol in the zone of `now`; None if it is not one."""
    try:
        then = datetime.fromisoformat(time or "")
        return None if then.tzinfo is None else then.astimezone(now.tzinfo)
    except (ValueError, OverflowError):
        return None


def at(time: str | None, now: datetime) -> str:
    """Return the time of day of a time of the protocol; "" if it is not one."""
    then = moment(time, now)
    return "" if then is None else then.strftime("%H:%M" if then.date() == now.date() else "%Y-%m-%d %H:%M")


def waited(since: str, now: datetime) -> str:
    """Return how long ago a time of the protocol was; "" if it is not one."""
    then = moment(since, now)
    if then is None:
        return ""
    minutes = max(0, int((now - then).total_seconds())) // _MINUTE
    return "now" if minutes == 0 else _minutes(minutes)


def remaining(until: str, now: datetime) -> str:
    """Return how long it is until a time of the protocol; "" if it is not one."""
    then = moment(until, now)
    if then is None:
        return ""
    seconds = max(0, round((then - now).total_seconds()))
    return f"{seconds} s" if seconds <= _PATIENT else _minutes(-(-seconds // _MINUTE))


def _minutes(minutes: int) -> str:
    hours, rest = divmod(minutes, _HOUR // _MINUTE)
    return f"{hours} h {rest} min" if hours and rest else f"{hours} h" if hours else f"{rest} min"
