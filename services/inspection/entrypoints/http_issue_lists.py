"""Routes of lists: issues by every filter, the three lists of a school, and what is like a finding."""

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response

from contracts import lists
from runtime.http.gate import Caller
from runtime.http.headers import json_response
from runtime.http.operation import operation
from runtime.http.paging import Page, PageQuery
from services.inspection.application.reach import Reach
from services.inspection.application.searching import Key, Row, Wanted, ranked
from services.inspection.application.similar import Finding, similar
from services.inspection.application.standing import reach_for
from services.inspection.application.three_lists import MOST_COMMITMENTS, three_lists
from services.inspection.domain.moment import shanghai_day
from services.inspection.entrypoints.context import Parts, Service
from services.inspection.entrypoints.issue_query import Asked, IssueQuery
from services.inspection.entrypoints.parameters import ID, IdPath, IdQuery

router = APIRouter(tags=["lists"])
_MAX_WORDS: Final = 600


def _after(page: Page) -> Key | None:
    after = page.after(str, str)
    return None if after is None else (after[0], after[1])


async def _in_order(parts: Service, reach: Reach, wanted: Wanted, page: Page) -> tuple[list[Row], str | None]:
    found = await parts.search.page(reach, wanted, _after(page), page.limit)
    return await parts.lighting.lit(found.rows), None if found.next is None else page.next(*found.next)


async def _by_rank(parts: Service, reach: Reach, asked: IssueQuery, wanted: Wanted, page: Page) -> Response:
    found = await ranked(parts.search, reach, wanted, asked.text or "")
    begin = (page.after(int) or (0,))[0]
    end = begin + page.limit
    whole = await parts.search.whole(reach, [row["id"] for row in found.rows[begin:end]])
    kept = [whole[row["id"]] | {"score": row["score"]} for row in found.rows[begin:end] if row["id"] in whole]
    items = await parts.lighting.lit(kept)
    following = page.next(end) if len(found.rows) > end else None
    return json_response({"items": items, "next": following, "complete": found.complete})


@router.get("/v1/issues", **operation("listIssues", summary=("问题清单", "The issue list"), scope="self", returns=dict))
async def page(parts: Parts, caller: Caller, page: PageQuery, asked: Asked) -> Response:
    """Issues within reach: newest first, by date with `order=due`, `light` or a range of days, by fit with `text`.

    A page may hold fewer rows than asked for and still have a `next`: a scan is bounded. `complete` false: the best of
    more than were looked at.
    """
    wanted = await asked.wanted(parts)
    reach = await reach_for(parts.ports.registry, caller.subject)
    if wanted.terms:
        return await _by_rank(parts, reach, asked, wanted, page)
    items, following = await _in_order(parts, reach, wanted, page)
    return json_response({"items": items, "next": following})


@router.get(
    "/v1/schools/{school}/lists",
    **operation("readLists", summary=("学校三张清单", "The three lists of a school"), scope="self", returns=dict),
)
async def of_school(parts: Parts, caller: Caller, page: PageQuery, school: IdPath) -> Response:
    """Issues with their tasks and responsibilities in force, within reach; newest first.

    The first page carries the school's letters and posts of the year, at most 500: `/v1/commitments` has them all.
    """
    site = await parts.ports.registry.site(school)
    reach = await reach_for(parts.ports.registry, caller.subject)
    wanted = Wanted(schools=frozenset({site.school.id}), kind="all")
    issues, following = await _in_order(parts, reach, wanted, page)
    year = shanghai_day(parts.clock.now()).year
    match = {"school": site.school.id, "year": year, "retired": False}
    first = _after(page) is None
    commitments = await parts.reading.commitments(reach, match, None, MOST_COMMITMENTS) if first else []
    lists_ = three_lists(issues, commitments)
    return json_response({"school": school, "name": site.school.name, **lists_, "next": following})


@router.get(
    "/v1/issues/similar",
    **operation("findSimilar", summary=("相似问题", "What is like a finding"), scope="self", returns=dict),
)
async def for_words(
    parts: Parts,
    caller: Caller,
    school: Annotated[str, Query(pattern=ID)],
    text: Annotated[str, Query(min_length=2, max_length=_MAX_WORDS)],
    item: IdQuery = None,
    area: Annotated[lists.Area | None, Query()] = None,
    source: Annotated[lists.Source | None, Query()] = None,
) -> Response:
    """Proposals while a finding is written: what may have come back, is known already, or is common; with why."""
    reach = await reach_for(parts.ports.registry, caller.subject)
    await parts.ports.registry.site(school)
    finding = Finding(id=None, school=school, item=item, area=area, text=text, source=source)
    return json_response(await similar(parts.search, reach, finding))


@router.get(
    "/v1/issues/{issue}/similar",
    **operation("similarIssues", summary=("相似问题", "Issues like this one"), scope="self", returns=dict),
)
async def for_issue(parts: Parts, caller: Caller, issue: IdPath) -> Response:
    """Proposals for an issue; whoever assigns it confirms one with `recurs_of`."""
    reach = await reach_for(parts.ports.registry, caller.subject)
    found = (await parts.ports.issues.within(issue, reach)).value
    return json_response(await similar(parts.search, reach, Finding.of(msgspec.to_builtins(found))))
