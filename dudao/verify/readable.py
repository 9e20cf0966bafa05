"""Whether an event's data is what the contracts say of its type; if it is not, it can have no effect anywhere."""

import msgspec

from contracts.catalogue import SHAPES


def problem_of(type_: str, data: bytes) -> str | None:
    """Why data of a type cannot be read, if so; a type that the contracts do not know is nobody's business."""
    shape = SHAPES.get(type_)
    if shape is None:
        return None
    try:
        msgspec.json.decode(data, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return f"{type_}: {error}"
    return None
