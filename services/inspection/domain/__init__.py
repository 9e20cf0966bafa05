"""The domain of the inspection service: pure, standard library only.

Every command on an issue is `command(issue, authority, moment, …) -> Step(issue, events, actor, note)`; it raises a
named rule (`rules.Broken`: `code`, `text_zh`, `text_en`, `kind` forbidden | state | input, `detail`). Nothing is
changed in place. `events` are (wire name, focus or None), e.g. `("inspection.task.progressed.v1", task id)`; `actor` is
the capacity acted in and `note` the reason given: both belong into the event's cause.

Around a command (`authority`, `moment`)::

    place = registry.place_of(school, branches, division, city id)      # -> authority.Place
    authority = authority_of(person, school of the person or None, [(role, organisation) of grants in force], place,
                             secretary_away=False)           # all grants of the person; the domain picks the capacity
    calendars = Calendars.of((entry.year, entry.days_off, entry.days_worked) for entry in calendar entries)
    moment = Moment(now, calendars, terms=DEFAULT_TERMS)

Issues (modules issue_drafting, issue_assigning, issue_planning, issue_rectifying, issue_checking)::

    draft(Finding(id, source, description, evidence, area | item + checklist id, visit, severity, mode),
          authority, moment)                                 # place of the authority = school of the issue
    amend(issue, authority, moment, Amendment(description, evidence, severity, mode), item of the issue or None)
    submit(issue, authority, moment, visit submitted just before, or None outside visits)
    withdraw(issue, authority, moment, reason)
    assign(issue, authority, moment, Order(number, severity, mode, deadline day or None))
    acknowledge(issue, authority, moment)
    plan(issue, authority, moment, Plan(tasks=(NewTask(id, measure, target, deadline day or None), …), lead, others,
                                        staff=those of the named who belong: registry.staff_of))
    replan(issue, authority, moment, Plan, reason)
    sign(issue, authority, moment)
    progress(issue, authority, moment, Progress(task, percent, note, evidence))
    report(issue, authority, moment, note)
    check(issue, authority, moment, Verdict(passed, method, reason, opinion, deadline day or None))
    reopen(issue, authority, moment, Reopening(reason, deadline day))

Visits (modules visit, visit_answering, visit_submitting): `-> VisitStep(visit, events, actor, note)`::

    sheet = Sheet(checklist of the visit, facts: SchoolFacts of today, had_previous_round)
    plan_visit(planned row, round, actor)
    answer(visit, authority, moment, [Given(item, value | not_applicable | shared_with, note, evidence), …], sheet)
    record_highlight(visit, authority, moment, id, text)
    submit_visit(visit, authority, moment,
                 Submission(person, outcome, remark, receivers=receivers_of(…), issues, system), sheet)
                                                             # then issue_drafting.submit of each of its issues
    cancel(visit, authority, moment, reason)
    proposals(visit, checklist) -> findings that failed items propose;  score, unanswered

Rounds (modules round, planning, planning_check)::

    plan_round(PlanRequest(round, schools, cadres=(Cadre(person, school), …), team_size, seed,
                           previous={(person, school), …} of the previous round, calendars, terms))
        -> RoundPlan(teams, visits), ids derived from the round's; raises Infeasible(blocks)
    violations(plan, request) -> breaches of hard rules, () when there are none

Registry (modules registry, registry_checks, round, checklist, evidence)::

    whole(Registry(divisions, schools, branches, people, grants, teams, calendars))   # as it would be; ImportRefused
    check_grant(grant, person or None, Registry.kinds.get(organisation));  revoked(grant);  facts_of(school, division)
    published(checklist);  opened(NewRound(…));  planned(round, plan.teams, plan.visits)
    evidence.add(File(id, sha256, size, media_type, name, teams that visit the school), authority, moment) -> Evidence

Ids of issues and tasks come from the caller; responsibilities are `<issue>-R<n>`. For standing issues 长期坚持
`deadline` is none and `next_check` is the date in force: `issue.due` gives the one that counts.
"""
