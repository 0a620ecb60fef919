"""The work of benches/metrics.rs, done by pandas, numpy and scipy. Prints one JSON object: seconds of CPU time by bench."""

import numpy as np
import pandas as pd
from scipy import stats

from peer import measure, report

DAYS, COLUMNS, RANKED = 100_000, 1_000, 10_000


def days(rng):
    clicks = rng.integers(0, 200, DAYS)
    conversions = rng.integers(0, clicks // 20 + 1)
    revenue = rng.integers(500, 40_000, DAYS) * conversions
    units = rng.integers(0, 40_000, DAYS)
    impressions = (clicks * 40 + rng.integers(0, 500, DAYS)).astype(float)
    impressions[rng.random(DAYS) < 0.5] = np.nan
    return pd.DataFrame({
        "impressions": impressions,
        "clicks": clicks,
        "conversions": conversions,
        "new_customers": rng.integers(0, conversions + 1),
        "revenue": revenue / 100,
        "cost": (revenue // 12 + clicks * 4) / 100,
        "planned_cost": rng.integers(100, 5_000, DAYS) / 100,
        "units": units / 1_000,
        "expected_units": rng.integers(1, 40_000, DAYS) / 1_000,
        "views": units * 30 / 1_000,
        "expected_views": rng.integers(1, 1_200_000, DAYS) / 1_000,
    })


def ratio(part, whole):
    return part / whole.where(whole > 0)


def campaign_days(d):
    sales = ratio(d.units - d.expected_units, d.expected_units) * 100
    views = ratio(d.views - d.expected_views, d.expected_views) * 100
    spent = d.cost.where(d.cost > 0)
    return pd.DataFrame({
        "gross_roas": ratio(d.revenue, d.cost),
        "net_roas": ratio(d.revenue - d.cost, d.cost),
        "cpa": ratio(spent, d.new_customers),
        "cost_per_click": ratio(d.cost, d.clicks),
        "average_order_value": ratio(d.revenue, d.conversions),
        "click_through_rate": ratio(d.clicks, d.impressions) * 100,
        "conversion_rate": ratio(d.conversions, d.clicks) * 100,
        "spend_pace": ratio(d.cost, d.planned_cost),
        "sales_impact": sales,
        "view_impact": views,
        "efficiency": sales * 0.6 + views * 0.4,
    })


def kpi_sums(d):
    """Sums over the rows that know both numbers of a ratio, as KpiSums keeps them, and the ratios."""
    pairs = [
        ("clicks", "impressions"), ("conversions", "clicks"), ("cost", "clicks"), ("revenue", "conversions"),
        ("revenue", "cost"), ("cost", "new_customers"), ("cost", "planned_cost"), ("units", "expected_units"),
        ("views", "expected_views"),
    ]
    totals = d.sum()
    ratios = {}
    for part, whole in pairs:
        both = d[[part, whole]].dropna().sum()
        ratios[part, whole] = both[part] / both[whole] if both[whole] > 0 else None
    return totals, ratios


def columns(rng, count, rows):
    demand = rng.uniform(0, 100, rows)
    return [1_000 + index / count * demand + rng.uniform(0, 50, rows) for index in range(count)]


def main():
    rng = np.random.default_rng(1)
    frame = days(rng)
    many = np.array(columns(rng, COLUMNS, COLUMNS))
    x, y = columns(rng, 2, RANKED)
    report({
        "metrics/campaign_days": measure(lambda: campaign_days(frame), items=DAYS, peer="pandas"),
        "metrics/kpi_sums": measure(lambda: kpi_sums(frame), items=DAYS, peer="pandas"),
        "metrics/correlation_matrix": measure(lambda: np.corrcoef(many), items=1, peer="numpy"),
        "metrics/spearman": measure(lambda: stats.spearmanr(x, y), items=1, peer="scipy"),
        "metrics/kendall": measure(lambda: stats.kendalltau(x, y), items=1, peer="scipy"),
    })


if __name__ == "__main__":
    main()
