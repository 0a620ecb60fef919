//! The guardrails once more, without a table: one action after another, in whole cents.

use std::collections::BTreeSet;

use super::draw::{Amount, Case, Doing, Limit};

/// The names of the rules that refuse each action, in the order in which the case lists the actions; none where it passes.
pub(crate) fn refusals(case: &Case) -> Vec<BTreeSet<&'static str>> {
    let (policy, mut known) = (&case.policy, case.known.clone());
    let mut increases = 0;
    let mut refused = vec![BTreeSet::new(); case.actions.len()];
    let mut order: Vec<usize> = (0..case.actions.len()).collect();
    order.sort_by_key(|index| match case.actions[*index].doing {
        Doing::Pause => 0,
        Doing::SetBudget(_) | Doing::SetEnd(_) if case.actions[*index].reserved.cents <= 0 => 1,
        Doing::SetBudget(_) | Doing::SetEnd(_) | Doing::SetCopy | Doing::Resume => 2,
        Doing::Create(..) => 3,
    });
    for index in order {
        let action = &case.actions[index];
        let campaign = action.campaign;
        let in_force = known.budgets.get(&campaign).copied();
        let broken = &mut refused[index];
        let mut require = |rule, holds: bool| {
            if !holds {
                broken.insert(rule);
            }
        };

        // Stops pass, and so do cuts that are cuts and ends that are earlier.
        let is_cut = matches!(action.doing, Doing::SetBudget(_)) && action.reserved.cents <= 0;
        if let Doing::SetBudget(to) = action.doing
            && is_cut
        {
            require("one_currency", in_force.is_none_or(|before| before.currency == to.currency));
            require("cut_lowers", in_force.is_some_and(|before| before.currency == to.currency && to.cents <= before.cents));
        }
        let is_shorter = matches!(action.doing, Doing::SetEnd(_)) && action.reserved.cents <= 0;
        if let Doing::SetEnd(to) = action.doing
            && is_shorter
        {
            require("shorten_lowers", known.ends.get(&campaign).is_some_and(|before| to <= *before));
        }
        if is_cut || is_shorter || matches!(action.doing, Doing::Pause) {
            if broken.is_empty() {
                known.count_change(campaign);
                known.lowered_now(campaign);
                if let Doing::SetBudget(to) = action.doing {
                    known.budgets.insert(campaign, to);
                }
                if let Doing::SetEnd(to) = action.doing {
                    known.ends.insert(campaign, to);
                }
            }
            continue;
        }

        let rested =
            |known: &super::draw::Known| policy.cooldown.is_none_or(|hours| known.rested(campaign, i64::from(hours) * 3_600));
        let may_change = policy.changes.is_none_or(|most| known.changes_today(campaign).is_some_and(|count| count < most));

        // Other words cost nothing, but are a change.
        if matches!(action.doing, Doing::SetCopy) {
            require("copy_reserves_nothing", action.reserved.cents <= 0);
            require("data_trusted", known.trusted);
            require("changes_in_day", may_change);
            require("cooldown", rested(&known));
            if broken.is_empty() {
                known.count_change(campaign);
            }
            continue;
        }

        // Everything else costs money.
        let reserved = action.reserved;
        let (currency, before, budget, product) = match action.doing {
            Doing::Create(product, budget) => (budget.currency, Some(Amount { cents: 0, ..budget }), Some(budget), Some(product)),
            Doing::SetBudget(to) => (to.currency, in_force, Some(to), known.advertised.get(&campaign).copied()),
            Doing::Resume | Doing::SetEnd(_) | Doing::SetCopy | Doing::Pause => {
                (reserved.currency, in_force, in_force, known.advertised.get(&campaign).copied())
            }
        };
        let ours = |amount: Option<Amount>| amount.filter(|amount| amount.currency == currency).map(|amount| amount.cents);
        let foreign = |amount: Option<Amount>| amount.is_some_and(|amount| amount.currency != currency);
        require("one_currency", ![Some(reserved), Some(known.committed), before, budget].into_iter().any(foreign));
        require("data_trusted", known.trusted);
        let quiet = policy.blackout.is_empty() || known.hour.is_some_and(|hour| !policy.blackout.contains(&hour));
        require("no_blackout", quiet);
        require("actions_in_plan", increases < policy.actions);
        if matches!(action.doing, Doing::Create(..)) {
            require("launches_in_day", known.launches < policy.launches);
        }
        require("changes_in_day", may_change);
        if !matches!(action.doing, Doing::Create(..)) {
            require("cooldown", rested(&known));
        }
        if let Doing::SetEnd(to) = action.doing {
            require("extend_lengthens", known.ends.get(&campaign).is_some_and(|before| *before <= to));
        }
        if let Some(allowed) = &policy.products {
            require("product_allowed", product.is_some_and(|product| allowed.contains(&product)));
        }
        let listed = product.and_then(|product| known.products.get(&product));
        if let Some(allowed) = &policy.categories {
            require("category_allowed", listed.is_some_and(|listed| listed.categories.iter().any(|name| allowed.contains(name))));
        }
        if let Some(least) = policy.stock {
            require("stock", listed.and_then(|listed| listed.stock).is_some_and(|stock| stock >= least));
        }

        // Money. A reserve counts times the factor, in hundredths: so amounts do too.
        let need = ours(budget).zip(ours(before)).map(|(budget, before)| budget - before);
        if matches!(action.doing, Doing::SetBudget(_)) {
            let step = need.zip(ours(before)).is_some_and(|(need, before)| need * 10_000 <= before * policy.raise_percent);
            require("raise_step", step);
        } else if !matches!(action.doing, Doing::SetEnd(_)) {
            require("reserve_not_negative", ours(Some(reserved)).is_some_and(|reserved| reserved >= 0));
        }
        if !matches!(action.doing, Doing::Resume | Doing::SetEnd(_)) {
            require("reserve_covers", need.zip(ours(Some(reserved))).is_some_and(|(need, reserved)| need <= reserved));
        }
        let worst = ours(Some(reserved)).map(|reserved| reserved * policy.factor);
        let whole = ours(budget).map(|budget| budget * policy.factor);
        let within = |amount: Option<i64>, limit: Limit| match limit {
            Limit::Off => true,
            Limit::Of(limit) => amount.zip(ours(Some(limit))).is_some_and(|(amount, limit)| amount <= limit * 100),
        };
        let more = |counter: Option<Amount>| {
            ours(counter).zip(worst).map(|(counter, worst)| counter * 100 + known.spent_in(currency) + worst)
        };
        require("campaign_limit", within(whole, Limit::Of(policy.campaign)));
        require("total_limit", within(more(Some(known.committed)), Limit::Of(policy.total)));
        require("day_limit", within(more(known.today), policy.day));
        require("month_limit", within(more(known.month), policy.month));
        require("life_limit", within(more(known.life), policy.life));
        require("approval", known.approved.contains(&index) || within(worst, policy.approval));

        if broken.is_empty() {
            known.count_change(campaign);
            known.spent += reserved.cents * policy.factor;
            increases += 1;
            known.launches += u32::from(matches!(action.doing, Doing::Create(..)));
        }
    }
    refused
}
