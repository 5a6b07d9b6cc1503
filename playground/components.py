"""Components: reading what a bot sends as Discord reads it, with its limits, into the form that a message keeps."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from playground import choices
from playground.attachments import Attachment
from playground.choices import SELECTS
from playground.errors import FormErrors, Path
from playground.wire import Json, is_array, is_object

ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER = 9, 10, 11, 12, 13, 14, 17
LINK, PREMIUM = 5, 6

MAX_COMPONENTS, MAX_TEXT, MAX_ROWS = 40, 4000, 5
TOP_LEVEL = (ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER)
IN_CONTAINER = TOP_LEVEL[:-1]


def walk(components: list[Json]) -> Iterator[Json]:
    """Every component of a message in reading order, outer before inner."""
    for component in components:
        yield component
        yield from walk(component.get("components", ()))
        if accessory := component.get("accessory"):
            yield accessory


def media_of(component: Json) -> list[Json]:
    """The media items that a component shows."""
    match component["type"]:
        case 12:
            return [item["media"] for item in component["items"]]
        case 11:
            return [component["media"]]
        case 13:
            return [component["file"]]
        case _:
            return []


def label_of(button: Json) -> str:
    """What stands on a button."""
    emoji: Json = button.get("emoji") or {}
    return button.get("label") or emoji.get("name") or ""


def render(components: list[Json], show: Callable[[Json], Json]) -> list[Json]:
    """The components with each media item as `show` gives it; what holds no media is not copied."""
    return [_rendered(component, show) for component in components]


def _rendered(component: Json, show: Callable[[Json], Json]) -> Json:
    match component["type"]:
        case 12:
            return {**component, "items": [{**item, "media": show(item["media"])} for item in component["items"]]}
        case 11:
            return {**component, "media": show(component["media"])}
        case 13:
            return {**component, "file": show(component["file"])}
        case 17:
            return {**component, "components": render(component["components"], show)}
        case 9:
            return {**component, "accessory": _rendered(component["accessory"], show)}
        case _:
            return component


class ComponentReader:
    """Reads the components of one message; faults go to `form`, media refer to `files` by name."""

    def __init__(self, form: FormErrors, files: Mapping[str, Attachment], *, v2: bool) -> None:
        self._form = form
        self._files = files
        self._v2 = v2
        self._custom_ids: set[str] = set()
        self._ids: set[int] = set()
        self._count = self._text = self._last_id = 0
        self._readers = {
            ROW: self._row,
            BUTTON: self._button,
            SECTION: self._section,
            TEXT: self._text_display,
            THUMBNAIL: self._thumbnail,
            GALLERY: self._gallery,
            FILE: self._file,
            SEPARATOR: self._separator,
            CONTAINER: self._container,
        } | dict.fromkeys(SELECTS, self._select)

    def read(self, components: Any, path: Path = ("components",)) -> list[Json]:
        """The components as a message keeps them: defaults and ids filled in, media resolved to attachments."""
        if self._v2:
            read = self._children(components, path, TOP_LEVEL, 0, MAX_COMPONENTS)
        else:
            read = self._children(components, path, (ROW,), 0, MAX_ROWS)
        if self._count > MAX_COMPONENTS:
            self._form.add(
                path,
                "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
                f"The total number of components cannot exceed {MAX_COMPONENTS}",
            )
        if self._text > MAX_TEXT:
            self._form.add(
                path,
                "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
                f"The total size of displayable text cannot exceed {MAX_TEXT}",
            )
        return read

    def _children(self, value: Any, path: Path, kinds: tuple[int, ...], low: int, high: int) -> list[Json]:
        if not is_array(value):
            self._form.wrong_type(path, "array")
            return []
        self._form.length(path, len(value), low, high)
        read = (self._one(child, (*path, index), kinds) for index, child in enumerate(value))
        return [child for child in read if child is not None]

    def _one(self, node: Any, path: Path, kinds: tuple[int, ...]) -> Json | None:
        if not is_object(node):
            self._form.wrong_type(path, "object")
            return None
        kind = node.get("type")
        if kind not in kinds:
            allowed = ", ".join(map(str, kinds))
            self._form.add((*path, "type"), "UNION_TYPE_CHOICES", f'Value of field "type" must be one of ({allowed},).')
            return None
        self._count += 1
        own_id = self._form.number(node, "id", path, 0, 2**31 - 1)
        self._last_id = own_id or self._last_id + 1
        if own_id and own_id in self._ids:
            self._form.add((*path, "id"), "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated")
        self._ids.add(self._last_id)
        return {"type": kind, "id": self._last_id} | self._readers[kind](node, path)

    def _row(self, node: Json, path: Path) -> Json:
        children = self._children(node.get("components"), (*path, "components"), (BUTTON, *SELECTS), 1, 5)
        if len(children) > 1 and any(child["type"] != BUTTON for child in children):
            self._form.add(
                (*path, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "A select menu needs a row of its own"
            )
        return {"components": children}

    def _button(self, node: Json, path: Path) -> Json:
        style = node.get("style")
        if style not in range(1, 7):
            self._form.add((*path, "style"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4, 5, 6}.")
        label = self._form.text(node, "label", path, 0, 80)
        read: Json = {"style": style}
        if style == LINK:
            url = self._form.text(node, "url", path, 1, 512, needed=True)
            if url and not url.startswith(("http://", "https://", "discord://")):
                self._form.add(
                    (*path, "url"), "URL_TYPE_INVALID_SCHEME", "Scheme must be one of (http, https, discord)."
                )
            read["url"] = url
        elif style != PREMIUM:
            read["custom_id"] = self._custom_id(node, path)
        if node.get("url") and node.get("custom_id"):
            message = "A custom id and url cannot both be specified"
            self._form.add(path, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", message)
        if is_object(emoji := node.get("emoji")):
            self._form.text(
                emoji, "name", (*path, "emoji"), 0 if emoji.get("id") else 1, 32, needed=not emoji.get("id")
            )
        if not label and not node.get("emoji") and style != PREMIUM:
            self._form.add(path, "BUTTON_COMPONENT_INVALID_LABEL", "A button must have a label or an emoji")
        return read | _present(node, "label", "emoji", "disabled", "sku_id")

    def _select(self, node: Json, path: Path) -> Json:
        self._form.text(node, "placeholder", path, 0, 150)
        choices.check(self._form, node, path)
        low, high = choices.counts(node)
        read: Json = {"custom_id": self._custom_id(node, path), "min_values": low, "max_values": high}
        if node["type"] == STRING_SELECT:
            read["options"] = node.get("options") or []
        return read | _present(node, "placeholder", "disabled", "channel_types") | choices.stored(node)

    def _custom_id(self, node: Json, path: Path) -> str | None:
        custom_id = self._form.text(node, "custom_id", path, 1, 100, needed=True)
        if custom_id in self._custom_ids:
            self._form.add(
                (*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"
            )
        if custom_id:
            self._custom_ids.add(custom_id)
        return custom_id

    def _text_display(self, node: Json, path: Path) -> Json:
        content = self._form.text(node, "content", path, 1, MAX_TEXT, needed=True) or ""
        if content and not content.strip():  # Discord trims it first
            self._form.length((*path, "content"), 0, 1, MAX_TEXT)
        self._text += len(content)
        return {"content": content}

    def _section(self, node: Json, path: Path) -> Json:
        texts = self._children(node.get("components"), (*path, "components"), (TEXT,), 1, 3)
        accessory = self._one(node.get("accessory"), (*path, "accessory"), (BUTTON, THUMBNAIL))
        return {"components": texts, "accessory": accessory}

    def _thumbnail(self, node: Json, path: Path) -> Json:
        return {"media": self._media(node.get("media"), (*path, "media"))} | self._caption(node, path)

    def _gallery(self, node: Json, path: Path) -> Json:
        items = node.get("items")
        if not is_array(items):
            self._form.required((*path, "items"))
            return {"items": []}
        self._form.length((*path, "items"), len(items), 1, 10)
        if not all(isinstance(item, dict) for item in items):
            self._form.wrong_type((*path, "items"), "object")
            return {"items": []}
        return {
            "items": [
                {"media": self._media(item.get("media"), (*path, "items", index, "media"))}
                | self._caption(item, (*path, "items", index))
                for index, item in enumerate(items)
            ]
        }

    def _caption(self, node: Json, path: Path) -> Json:
        return {
            "description": self._form.text(node, "description", path, 0, 1024),
            "spoiler": bool(node.get("spoiler")),
        }

    def _file(self, node: Json, path: Path) -> Json:
        media = self._media(node.get("file"), (*path, "file"), uploaded=True)
        shown = next((file for file in self._files.values() if str(file.id) == media.get("attachment_id")), None)
        return {
            "file": media,
            "name": shown.filename if shown else None,
            "size": shown.size if shown else None,
            "spoiler": bool(node.get("spoiler")),
        }

    def _separator(self, node: Json, path: Path) -> Json:
        spacing = node.get("spacing", 1)
        if spacing not in (1, 2):
            self._form.add((*path, "spacing"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2}.")
        return {"divider": node.get("divider", True), "spacing": spacing}

    def _container(self, node: Json, path: Path) -> Json:
        children = self._children(node.get("components"), (*path, "components"), IN_CONTAINER, 1, MAX_COMPONENTS)
        return {
            "accent_color": self._form.number(node, "accent_color", path, 0, 0xFFFFFF),
            "components": children,
            "spoiler": bool(node.get("spoiler")),
        }

    def _media(self, node: Any, path: Path, *, uploaded: bool = False) -> Json:
        """A media item as kept: the id of an attachment of the message, or a foreign address."""
        if not is_object(node):
            self._form.required(path)
            return {}
        url = self._form.text(node, "url", path, 1, 2048, needed=True) or ""
        if url.startswith("attachment://"):
            file = self._files.get(url.removeprefix("attachment://"))
            if file is not None:
                return {"attachment_id": str(file.id)}
            self._form.add(
                (*path, "url"),
                "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
                "The referenced attachment was not found.",
            )
        elif url and (uploaded or not url.startswith(("http://", "https://"))):
            scheme = "attachment" if uploaded else "http, https, attachment"
            self._form.add((*path, "url"), "URL_TYPE_INVALID_SCHEME", f"Scheme must be one of ({scheme}).")
        return {"url": url}


def _present(node: Json, *keys: str) -> Json:
    return {key: node[key] for key in keys if node.get(key) is not None}
