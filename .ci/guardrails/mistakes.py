"""Mistakes that someone could make in the table of rules. Each must break a property, and each property must notice one."""


def rule(table, name):
    return next(rule for rule in table["rules"] if rule["id"] == name)


def update(table, fact):
    return next(update for update in table["updates"] if update["fact"] == fact)


def replaced(tree, old, new):
    if tree == old:
        return new
    if isinstance(tree, dict):
        return {key: replaced(value, old, new) for key, value in tree.items()}
    if isinstance(tree, list):
        return [replaced(value, old, new) for value in tree]
    return tree


def without_rule(name):
    return lambda table: table["rules"].remove(rule(table, name))


def without_update(fact):
    return lambda table: table["updates"].remove(update(table, fact))


def in_rule(name, old, new):
    def change(table):
        found = rule(table, name)
        found["requires"] = replaced(found["requires"], old, new)

    return change


def in_update(fact, old, new):
    def change(table):
        found = update(table, fact)
        found["to"] = replaced(found["to"], old, new)

    return change


def other_comparison(name, old, new):
    def change(table):
        requires = rule(table, name)["requires"]
        requires[new] = requires.pop(old)

    return change


def swapped(name, *path):
    def change(table):
        condition = rule(table, name)["requires"]
        for key in path:
            condition = condition[key]
        condition.reverse()

    return change


def rule_not_on(name, kind):
    return lambda table: rule(table, name)["on"].remove(kind)


def rule_also_on(name, kind):
    return lambda table: rule(table, name)["on"].append(kind)


def update_not_on(fact, kind):
    return lambda table: update(table, fact)["on"].remove(kind)


def update_also_on(fact, kind):
    return lambda table: update(table, fact)["on"].append(kind)


def as_another_kind(kind, reserves):
    def change(table):
        row = next(row for row in table["kinds"] if row["kind"] == kind)
        row["reserves"] = reserves
        table["kinds"].remove(row)
        table["kinds"].insert(0, row)

    return change


def fact(name):
    return {"fact": name}


RESERVED_AT_WORST = {"product": [fact("delivery_factor"), fact("reserved")]}

MISTAKES = {
    # A rule is missing.
    "no total limit": without_rule("total_limit"),
    "untrusted data do not matter": without_rule("data_trusted"),
    "currencies do not matter": without_rule("one_currency"),
    "whatever reserves nothing is a cut": without_rule("cut_lowers"),
    "whatever reserves nothing is an earlier end": without_rule("shorten_lowers"),
    "money for added days may shorten": without_rule("extend_lengthens"),
    "other words may reserve money": without_rule("copy_reserves_nothing"),
    "less than nothing can be reserved": without_rule("reserve_not_negative"),
    "a reserve may be too small": without_rule("reserve_covers"),
    "any category may be advertised": without_rule("category_allowed"),
    # A comparison, a side, a sign or a constant is wrong.
    "one launch too many": other_comparison("launches_in_day", "below", "at_most"),
    "one raise too many in a plan": other_comparison("actions_in_plan", "below", "at_most"),
    "the last cent of the total is not usable": other_comparison("total_limit", "at_most", "below"),
    "more stock than asked for is too much": swapped("stock", "any", 1, "at_most"),
    "small spending needs the approval": swapped("approval", "any", 1, "at_most"),
    "what is reserved is taken off the life": in_rule(
        "life_limit", {"sum": [fact("committed_in_life"), RESERVED_AT_WORST]},
        {"difference": [fact("committed_in_life"), RESERVED_AT_WORST]}),
    "the end that is later is the earlier one": swapped("shorten_lowers", "at_most"),
    "a raise of ten times the percent passes": in_rule("raise_step", {"number": 100}, {"number": 10}),
    "a raise of a tenth of the percent is held": in_rule("raise_step", {"number": 100}, {"number": 1000}),
    "a blackout is the only time to raise": in_rule("no_blackout", {"is_not": "in_blackout"}, {"is": "in_blackout"}),
    "the total is a least and not a most": swapped("total_limit", "at_most"),
    # A wrong fact.
    "the day is compared with what is committed for ever": in_rule("day_limit", fact("committed_today"), fact("committed_in_life")),
    "the month is compared with the day's limit": in_rule("month_limit", fact("month_limit"), fact("day_limit")),
    "no day limit means no month limit": in_rule("month_limit", {"off": "month_limit"}, {"off": "day_limit"}),
    "the step is taken of the budget after": in_rule(
        "raise_step", {"product": [fact("raise_percent_limit"), fact("budget_before")]},
        {"product": [fact("raise_percent_limit"), fact("budget")]}),
    "one campaign is compared with what is reserved": in_rule("campaign_limit", fact("budget"), fact("reserved")),
    "the total forgets that platforms spend more": in_rule("total_limit", RESERVED_AT_WORST, fact("reserved")),
    "trusted data stand for an approval": in_rule("approval", {"is": "approved"}, {"is": "data_trusted"}),
    # A kind of action is missing, is one too many, or is taken for another.
    "raises ignore the data": rule_not_on("data_trusted", "raise"),
    "resumptions ignore the total": rule_not_on("total_limit", "resume"),
    "resumptions need no rest": rule_not_on("cooldown", "resume"),
    "pauses wait for good data": rule_also_on("data_trusted", "pause"),
    "cuts wait for the end of a blackout": rule_also_on("no_blackout", "cut"),
    "later ends ignore the total": rule_not_on("total_limit", "extend"),
    "later ends need no rest": rule_not_on("cooldown", "extend"),
    "other words need no rest": rule_not_on("cooldown", "reword"),
    "earlier ends wait for good data": rule_also_on("data_trusted", "shorten"),
    "every new end is an earlier one": as_another_kind("shorten", "anything"),
    "every new budget is a cut": as_another_kind("cut", "anything"),
    # What an admitted action uses up is not counted, or wrongly.
    "launches are not counted": without_update("launches_today"),
    "raises are not counted in a plan": update_not_on("increases_in_plan", "raise"),
    "a cut is no change": update_not_on("changes_today", "cut"),
    "an earlier end is no change": update_not_on("changes_today", "shorten"),
    "other words are no change": update_not_on("changes_today", "reword"),
    "later ends commit nothing": update_not_on("committed", "extend"),
    "other words are counted as a raise": update_also_on("increases_in_plan", "reword"),
    "an earlier end starts no rest": update_not_on("was_lowered", "shorten"),
    "a later end after an earlier one starts from the end before it": without_update("end_before"),
    "resumptions commit nothing": update_not_on("committed", "resume"),
    "the day forgets that platforms spend more": in_update("committed_today", RESERVED_AT_WORST, fact("reserved")),
    "the month is not counted": without_update("committed_this_month"),
    "a launch gives money back": in_update(
        "committed", {"sum": [fact("committed"), RESERVED_AT_WORST]}, {"difference": [fact("committed"), RESERVED_AT_WORST]}),
    "a pause is counted as a raise": update_also_on("increases_in_plan", "pause"),
    "a cut starts no rest": update_not_on("was_lowered", "cut"),
    "the rest is not counted from the pause": without_update("hours_since_lowered"),
    "a raise after a cut starts from the budget before it": without_update("budget_before"),
}


def left_out(table):
    """Every mistake of leaving out a rule or an update, whole or for one kind of action."""
    for found in table["rules"]:
        name = found["id"]
        yield f"without the rule {name}", without_rule(name)
        for kind in found["on"]:
            yield f"the rule {name} not on {kind}", rule_not_on(name, kind)
    for found in table["updates"]:
        name = found["fact"]
        yield f"{name} is not updated", without_update(name)
        for kind in found["on"]:
            yield f"{name} is not updated by {kind}", update_not_on(name, kind)
