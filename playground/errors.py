"""Discord's refusals: status, code and message of each, and the tree of faults in a form body."""

from collections.abc import Sequence
from enum import Enum

from playground.wire import Json


class Refusal(Enum):
    """What Discord answers when it will not: HTTP status, JSON code, message."""

    UNAUTHORIZED = (401, 0, "401: Unauthorized")
    NOT_FOUND = (404, 0, "404: Not Found")
    METHOD_NOT_ALLOWED = (405, 0, "405: Method Not Allowed")
    UNKNOWN_APPLICATION = (404, 10002, "Unknown Application")
    UNKNOWN_CHANNEL = (404, 10003, "Unknown Channel")
    UNKNOWN_GUILD = (404, 10004, "Unknown Guild")
    UNKNOWN_MEMBER = (404, 10007, "Unknown Member")
    UNKNOWN_MESSAGE = (404, 10008, "Unknown Message")
    UNKNOWN_ROLE = (404, 10011, "Unknown Role")
    UNKNOWN_USER = (404, 10013, "Unknown User")
    UNKNOWN_WEBHOOK = (404, 10015, "Unknown Webhook")
    UNKNOWN_INTERACTION = (404, 10062, "Unknown interaction")
    UNKNOWN_COMMAND = (404, 10063, "Unknown application command")
    TOO_LARGE = (413, 40005, "Request entity too large")
    ALREADY_ACKNOWLEDGED = (400, 40060, "Interaction has already been acknowledged.")
    TOO_MANY_FOLLOW_UPS = (400, 40094, "Max number of follow up messages reached for this interaction")
    MISSING_ACCESS = (403, 50001, "Missing Access")
    NOT_IN_A_DM = (403, 50003, "Cannot execute action on a DM channel")
    NOT_THE_AUTHOR = (403, 50005, "Cannot edit a message authored by another user")
    EMPTY_MESSAGE = (400, 50006, "Cannot send an empty message")
    CANNOT_DM = (403, 50007, "Cannot send messages to this user")
    MISSING_PERMISSIONS = (403, 50013, "Missing Permissions")
    SYSTEM_MESSAGE = (403, 50021, "Cannot execute action on a system message")
    WRONG_CHANNEL_TYPE = (400, 50024, "Cannot execute action on this channel type")
    INVALID_WEBHOOK_TOKEN = (401, 50027, "Invalid Webhook Token")
    INVALID_ROLE = (400, 50028, "Invalid Role")
    INVALID_FORM = (400, 50035, "Invalid Form Body")
    THREAD_ARCHIVED = (400, 50083, "Thread is archived")
    INVALID_JSON = (400, 50109, "The request body contains invalid JSON.")
    THREAD_EXISTS = (400, 160004, "A thread has already been created for this message")


FAULTS = {one.value[1] for one in (Refusal.EMPTY_MESSAGE, Refusal.INVALID_FORM, Refusal.INVALID_JSON)}
"""The codes of what a bot should never have sent; others tell of a state that it cannot know beforehand."""


class ApiError(Exception):
    """A refusal on its way to the client."""

    def __init__(self, refusal: Refusal, errors: Json | None = None) -> None:
        self.status, self.code, self.message = refusal.value
        self.errors = errors
        super().__init__(f"{self.status} {self.code} {self.message}")

    def body(self) -> Json:
        """The JSON that Discord answers with."""
        body: Json = {"message": self.message, "code": self.code}
        if self.errors:
            body["errors"] = self.errors
        return body


def told(body: Json) -> str:
    """A refusal in one line: its message, then each faulty field with what is wrong with it."""
    faults = [f"{'.'.join(path)}: {message}" for path, message in _faults(body.get("errors") or {}, ())]
    return "; ".join([f"{body.get('message')} ({body.get('code')})", *faults])


def _faults(tree: Json, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], str]]:
    found = [(path, str(one["message"])) for one in tree.get("_errors", ())]
    for step, below in tree.items():
        found += _faults(below, (*path, step)) if step != "_errors" else []
    return found


Path = Sequence[str | int]


class FormErrors:
    """Collects the faults of a form body under the path of the field that has each."""

    def __init__(self) -> None:
        self._tree: Json = {}

    def __bool__(self) -> bool:
        return bool(self._tree)

    def add(self, path: Path, code: str, message: str) -> None:
        """Note a fault of the field at `path`, for instance `("components", 0, "label")`."""
        node = self._tree
        for step in path:
            node = node.setdefault(str(step), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def required(self, path: Path) -> None:
        self.add(path, "BASE_TYPE_REQUIRED", "This field is required")

    def wrong_type(self, path: Path, wanted: str) -> None:
        self.add(path, "BASE_TYPE_BAD_TYPE", f"Could not interpret value as {wanted}.")

    def length(self, path: Path, size: int, low: int, high: int) -> None:
        """Note a fault if a text or a list of `size` is shorter than `low` or longer than `high`."""
        if low <= size <= high:
            return
        if low == 0:
            self.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length.")
        else:
            self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")

    def text(self, body: Json, key: str, path: Path, low: int, high: int, *, needed: bool = False) -> str | None:
        """The text at `key` of `body`; faults are noted if it is absent, no text, too short or too long."""
        value = body.get(key)
        if value is None:
            if needed:
                self.required((*path, key))
            return None
        if not isinstance(value, str):
            self.wrong_type((*path, key), "string")
            return None
        self.length((*path, key), len(value), low, high)
        return value

    def number(self, body: Json, key: str, path: Path, low: int, high: int) -> int | None:
        """The whole number at `key` of `body`; faults are noted if it is none, or out of its range."""
        value = body.get(key)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            self.wrong_type((*path, key), "int")
            return None
        if not low <= value <= high:
            self.add((*path, key), "NUMBER_TYPE_RANGE", f"int value should be between {low} and {high}.")
        return value

    def check(self) -> None:
        """Refuse the form if any fault was noted."""
        if self._tree:
            raise self.refusal()

    def refusal(self) -> ApiError:
        """The refusal of the form for what was noted."""
        return ApiError(Refusal.INVALID_FORM, self._tree)


def invalid(path: Path, code: str, message: str) -> ApiError:
    """The refusal of a form for one fault."""
    form = FormErrors()
    form.add(path, code, message)
    return form.refusal()
