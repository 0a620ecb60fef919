"""What the guardrails must keep, stated apart from their rules: over what an action does and what was truly spent.

Everything is shown for one action in any state, or for two in a row. Sums over a plan of any length follow by induction: what was
truly committed and counted (`true.*`) is at most what the ledger says before an action, and `ledger_never_understates` shows that it
is so after it.
"""

from step import OF_ACTION, State, Step, conj, declare, disj

MONEY = ["committed", "committed_today", "committed_this_month", "committed_in_life"]
COUNTS = ["launches_today", "increases_in_plan", "changes_today"]
# Each limit that a policy can leave unset, with what it limits.
MONEY_LIMITS = {"day_limit": "committed_today", "month_limit": "committed_this_month", "life_limit": "committed_in_life"}


class World:
    def __init__(self, table, fixed):
        self.lines = []
        state = State.fresh(table, "", self.lines, fixed)
        step = Step(table, "first", state, self.lines)
        self.v, self.known, self.off, self.after = state.value, state.known, state.off, step.after
        self.admitted = step.admitted
        self.is_action = step.is_action
        self.create, self.set_budget, self.resume, self.pause, self.set_end, self.set_copy = step.is_action.values()
        v = self.v
        self.raises = conj([self.set_budget, f"(> {v['budget']} {v['budget_before']})"])
        self.extends = conj([self.set_end, f"(> {v['end']} {v['end_before']})"])
        self.increases = disj([self.create, self.resume, self.raises, self.extends])
        self.reserves_nothing = f"(<= {v['reserved']} 0.0)"
        self.claims_to_lower = disj([self.pause, conj([disj([self.set_budget, self.set_end]), self.reserves_nothing])])
        grows = f"(- {v['budget']} {v['budget_before']})"
        self.need = (f"(ite {self.create} {v['budget']} (ite {self.raises} {grows} "
                     f"(ite {disj([self.resume, self.extends])} {v['reserved']} 0.0)))")
        self.at_worst = f"(* delivery_factor {self.need})"
        self.assume_of_action(step, state)
        # A type of the policy keeps the factor in this range.
        self.lines += ["(assert delivery_factor.known)", "(assert (and (<= 1.0 delivery_factor) (<= delivery_factor 2.0)))"]
        for fact in MONEY + COUNTS:
            declare(f"true.{fact}", "count" if fact in COUNTS else "money", self.lines)
            self.lines.append(f"(assert (=> {fact}.known (<= true.{fact} {fact})))")
        counted = {"launches_today": self.create, "increases_in_plan": self.increases, "changes_today": "true"}
        self.truly = {fact: f"(+ true.{fact} {self.at_worst})" for fact in MONEY}
        self.truly |= {fact: f"(+ true.{fact} (ite {counted[fact]} 1.0 0.0))" for fact in COUNTS}
        # A second action on the same campaign, after the first.
        self.second_state = State(dict(step.after.value), dict(step.after.known), step.after.off)
        again = State.fresh(table, "again.", self.lines)
        for fact in OF_ACTION:
            self.second_state.value[fact], self.second_state.known[fact] = again.value[fact], again.known[fact]
        self.second = Step(table, "second", self.second_state, self.lines)
        # The same action where more is committed, all else being equal.
        fuller = State(dict(state.value), dict(state.known), state.off)
        for fact in MONEY:
            fuller.value[fact] = f"again.{fact}"
            self.lines.append(f"(assert (<= {fact} again.{fact}))")
        self.fuller = Step(table, "fuller", fuller, self.lines)
        for action, term in step.is_action.items():
            self.lines.append(f"(assert (= {term} {self.fuller.is_action[action]}))")

    def assume_of_action(self, step, state):
        """What the code gives by construction: a new campaign had no budget, and an action knows its own amounts."""
        create = step.is_action["create"]
        own = conj([state.known["reserved"], f"(=> {disj([create, step.is_action['set_budget']])} {state.known['budget']})"])
        self.lines.append(f"(assert (=> {state.value['one_currency']} {own}))")
        new = conj([state.known["budget_before"], f"(= {state.value['budget_before']} 0.0)"])
        self.lines.append(f"(assert (=> {create} {new}))")
        self.lines.append(f"(assert {state.known['one_currency']})")


def properties(w):
    """Name and formula of each property."""
    v, known, off, after = w.v, w.known, w.off, w.after
    admitted, increases = w.admitted, w.increases

    def never(*conditions):
        return f"(not {conj(conditions)})"

    def when(conditions, claim):
        return f"(=> {conj(conditions)} {claim})"

    def within(total, limit):
        return conj([known[limit], f"(<= {total} {v[limit]})"])

    named = {}
    # Money.
    named["total_budget_is_kept"] = when([admitted, increases], within(w.truly["committed"], "total_limit"))
    for limit, counter in MONEY_LIMITS.items():
        named[f"{limit}_is_kept"] = when([admitted, increases, f"(not {off[limit]})"], within(w.truly[counter], limit))
    named["campaign_budget_is_kept"] = when(
        [admitted, increases], conj([known["budget"], within(f"(* delivery_factor {v['budget']})", "campaign_limit")]))
    named["no_raise_is_too_large"] = when(
        [admitted, w.raises],
        conj([known["budget_before"], known["raise_percent_limit"],
              f"(<= {v['budget']} (* {v['budget_before']} (+ 1.0 (/ {v['raise_percent_limit']} 100.0))))"]))
    named["reserve_covers_the_need"] = when([admitted, increases], f"(>= {v['reserved']} {w.need})")
    named["ledger_never_understates"] = when(
        [admitted], conj(f"(=> {after.known[fact]} (<= {w.truly[fact]} {after.value[fact]}))" for fact in MONEY + COUNTS))
    named["nothing_is_freed_by_a_plan"] = when([admitted], conj(f"(>= {after.value[fact]} {v[fact]})" for fact in MONEY))
    named["large_spending_is_approved"] = when(
        [admitted, increases, f"(not {off['approval_limit']})", never(known["approved"], v["approved"])],
        within(w.at_worst, "approval_limit"))
    # Stopping.
    named["pauses_always_pass"] = when([w.pause], admitted)
    is_cut = conj([w.set_budget, w.reserves_nothing, v["one_currency"], known["budget_before"],
                   f"(<= {v['budget']} {v['budget_before']})"])
    named["true_cuts_always_pass"] = when([is_cut], admitted)
    is_earlier = conj([w.set_end, w.reserves_nothing, known["end"], known["end_before"], f"(<= {v['end']} {v['end_before']})"])
    named["earlier_ends_always_pass"] = when([is_earlier], admitted)
    named["no_raise_passes_as_a_cut"] = never(admitted, w.raises, w.reserves_nothing)
    named["no_day_is_added_without_money"] = never(admitted, w.extends, w.reserves_nothing)
    named["money_for_added_days_adds_days"] = when(
        [admitted, w.set_end, f"(not {w.reserves_nothing})"], f"(>= {v['end']} {v['end_before']})")
    counters = [*MONEY, "launches_today", "increases_in_plan"]
    named["lowering_uses_nothing_up"] = when(
        [admitted, w.claims_to_lower], conj(f"(= {after.value[fact]} {v[fact]})" for fact in counters))
    named["other_words_cost_nothing"] = when(
        [admitted, w.set_copy], conj([w.reserves_nothing, *(f"(= {after.value[fact]} {v[fact]})" for fact in counters)]))
    # Counts and times.
    named["launches_of_a_day_are_kept"] = when([admitted, w.create], within(w.truly["launches_today"], "launch_limit"))
    named["increases_of_a_plan_are_kept"] = when([admitted, increases], within(w.truly["increases_in_plan"], "plan_limit"))
    named["changes_of_a_campaign_are_kept"] = when(
        [admitted, disj([increases, w.set_copy]), f"(not {off['change_limit']})"], within(w.truly["changes_today"], "change_limit"))
    long_ago = conj([known["hours_since_lowered"], known["cooldown"], f"(>= {v['hours_since_lowered']} {v['cooldown']})"])
    rested = disj([conj([known["was_lowered"], f"(not {v['was_lowered']})"]), long_ago])
    named["a_lowered_campaign_rests"] = when([admitted, disj([w.raises, w.resume, w.extends, w.set_copy]), f"(not {off['cooldown']})"], rested)
    then = w.second_state.value
    second_increases = disj([
        w.second.is_action["resume"], w.second.is_action["set_copy"],
        conj([w.second.is_action["set_budget"], f"(> {then['budget']} {then['budget_before']})"]),
        conj([w.second.is_action["set_end"], f"(> {then['end']} {then['end_before']})"])])
    named["what_a_plan_lowers_it_does_not_raise"] = never(
        admitted, w.claims_to_lower, w.second.admitted, second_increases, f"(not {off['cooldown']})", f"(> {v['cooldown']} 0.0)")
    named["a_raise_after_a_cut_starts_from_the_cut"] = when(
        [admitted, w.set_budget, w.reserves_nothing, w.second.admitted, w.second.is_action["set_budget"],
         f"(> {w.second_state.value['budget']} {v['budget']})"],
        f"(<= {w.second_state.value['budget']} (* {v['budget']} (+ 1.0 (/ {v['raise_percent_limit']} 100.0))))")
    named["a_later_end_after_an_earlier_one_needs_money"] = never(
        admitted, w.set_end, w.reserves_nothing, w.second.admitted, w.second.is_action["set_end"],
        f"(> {then['end']} {v['end']})", f"(<= {then['reserved']} 0.0)")
    # Gates.
    named["nothing_is_raised_on_untrusted_data"] = never(admitted, disj([increases, w.set_copy]), never(known["data_trusted"], v["data_trusted"]))
    named["nothing_is_raised_in_a_blackout"] = never(admitted, increases, f"(or {v['in_blackout']} (not {known['in_blackout']}))")
    named["only_allowed_products"] = when([admitted, increases], conj([known["product_allowed"], v["product_allowed"]]))
    named["only_allowed_categories"] = when([admitted, increases], conj([known["category_allowed"], v["category_allowed"]]))
    named["nothing_is_raised_below_the_stock"] = when(
        [admitted, increases, f"(not {off['stock_limit']})"],
        conj([known["stock"], known["stock_limit"], f"(>= {v['stock']} {v['stock_limit']})"]))
    named["two_currencies_never_meet"] = never(admitted, disj([increases, w.set_budget]), f"(not {v['one_currency']})")
    named["what_is_unknown_is_refused"] = conj([
        when([admitted, increases], conj(known[fact] for fact in UNCONDITIONAL)),
        when([admitted, w.create], conj(known[fact] for fact in ["launches_today", "launch_limit"])),
        when([admitted, w.set_budget], known["budget_before"]),
        when([admitted, w.set_end], conj([known["end"], known["end_before"]])),
        when([admitted, w.set_copy], conj([known["reserved"], known["data_trusted"]])),
        *(when([admitted, increases, f"(not {off[limit]})"], conj([known[limit], known[counter]]))
          for limit, counter in {**MONEY_LIMITS, "change_limit": "changes_today", "stock_limit": "stock"}.items()),
    ])
    # Not stricter than said, and in one direction only.
    named["what_keeps_within_every_limit_passes"] = when([is_well_within(w)], admitted)
    named["more_committed_never_lets_more_through"] = when([w.fuller.admitted], admitted)
    return named


# What only the actions on an end know.
ENDS = ["end", "end_before"]
UNCONDITIONAL = ["reserved", "committed", "total_limit", "campaign_limit", "increases_in_plan", "plan_limit", "data_trusted"]


def is_well_within(w):
    """An action at or below every limit as a merchant reads it."""
    v = w.v

    def unless_off(limit, claim):
        return disj([w.off[limit], claim])

    worst = f"(* delivery_factor {v['reserved']})"
    return conj([
        *(w.known[fact] for fact in v if w.off[fact] == "false" and fact not in ENDS),
        f"(=> {w.set_end} {conj(w.known[fact] for fact in ENDS)})", *(unless_off(limit, w.known[limit]) for limit in v),
        v["one_currency"], v["data_trusted"], v["product_allowed"], v["category_allowed"], f"(not {v['in_blackout']})",
        f"(>= {v['reserved']} {w.need})", f"(>= {v['reserved']} 0.0)",
        f"(<= (+ {v['committed']} {worst}) {v['total_limit']})", f"(<= (* delivery_factor {v['budget']}) {v['campaign_limit']})",
        *(unless_off(limit, f"(<= (+ {v[counter]} {worst}) {v[limit]})") for limit, counter in MONEY_LIMITS.items()),
        unless_off("approval_limit", disj([f"(<= {worst} {v['approval_limit']})", v["approved"]])),
        f"(<= (+ {v['launches_today']} 1.0) {v['launch_limit']})", f"(<= (+ {v['increases_in_plan']} 1.0) {v['plan_limit']})",
        unless_off("change_limit", f"(< {v['changes_today']} {v['change_limit']})"),
        unless_off("cooldown", f"(or (not {v['was_lowered']}) (>= {v['hours_since_lowered']} {v['cooldown']}))"),
        unless_off("stock_limit", f"(>= {v['stock']} {v['stock_limit']})"),
        f"(=> {w.set_copy} {w.reserves_nothing})",
        f"(=> {w.set_end} (ite {w.reserves_nothing} (<= {v['end']} {v['end_before']}) (>= {v['end']} {v['end_before']})))",
        f"(=> {w.set_budget} (and (> {v['budget_before']} 0.0) (> {v['budget']} {v['budget_before']}) "
        f"(<= {v['budget']} (* {v['budget_before']} (+ 1.0 (/ {v['raise_percent_limit']} 100.0))))))",
    ])
