"""Serial numbers: never given twice, gaps are allowed."""

from runtime.mongo import Collection, mongo_errors


async def next_in(numbers: Collection, series: str) -> str:
    """The next number of a series, as `<series>-<serial>`."""
    with mongo_errors():
        row = await numbers.find_one_and_update(
            {"_id": series}, {"$inc": {"last": 1}}, upsert=True, return_document=True
        )
    return f"{series}-{row['last']:04d}"
