//! What a world's file may say.

use std::path::Path;

use proptest::prelude::*;

use super::*;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds")
}

#[test]
fn every_shipped_world_loads_and_says_what_it_is_about() {
    let mut files: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|file| file.extension().is_some_and(|extension| extension == "toml"))
        .map(|file| file.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    files.sort();
    let mut names: Vec<&str> = World::names().collect();
    names.sort_unstable();
    assert_eq!(files, names, "a file is not shipped, or a shipped world has no file");
    for name in names {
        let world = World::named(name).unwrap();
        assert_eq!(world.name, name);
        assert!(world.about.trim().len() > 40, "{name} does not say what it is about");
        let file = folder().join(format!("{name}.toml"));
        assert_eq!(World::load(file.to_str().unwrap()).unwrap(), world);
        assert_eq!(World::load(name).unwrap(), world);
    }
    let today = World::named("today").unwrap();
    assert_eq!(World { about: String::new(), ..today }, World::default(), "today is the market of the defaults");
}

#[test]
fn what_is_no_world_is_refused_by_name() {
    for (text, told) in [
        // Unknown keys, in each table.
        ("nmae = 'x'", "unknown field `nmae`"),
        ("[shop]\nproducts = 3", "unknown field `shop`"),
        ("[store]\nproduct = 3", "unknown field `product`"),
        ("[partners]\ncommision = [0.1, 0.2]", "unknown field `commision`"),
        ("[response]\nfitness = 1.0", "unknown field `fitness`"),
        ("[platform]\nsort = 'paid'", "unknown field `sort`"),
        ("[platform.paid]\nclick = 3.0", "unknown field `click`"),
        ("[data]\nbot = 1.0", "unknown field `bot`"),
        ("[[store.events]]\nday = 1\ndays = 1\ndemand = 1.0\nname = 'x'", "unknown field `name`"),
        ("[[store.price_changes]]\nday = 1\nshare = 0.1\nfactor = 1.0\nto = 2", "unknown field `to`"),
        ("[[partners.moves]]\nday = 1\nleaves = 1", "unknown field `leaves`"),
        // Missing and wrong ones, by their line.
        ("[[store.events]]\nday = 1\ndays = 1", "missing field `demand`"),
        ("[store]\nproducts = 'many'", "line 2"),
        ("[store]\nproducts = -1", "line 2"),
        ("[store]\nproducts = 2.5", "line 2"),
        ("[store]\n\nkeeps_costs = 1", "line 3"),
        ("[store]\nweekdays = [1.0, 1.0]", "line 2"),
        ("[partners]\ncommission = 0.1", "line 2"),
        ("[partners]\ncommission = [0.1, 0.2, 0.3]", "partners.commission: 3 values instead of 2"),
        ("[store]\nweekdays = [1, 1, 1, 1, 1, 1, 1, 1]", "store.weekdays: 8 values instead of 7"),
        ("[platform]\nkind = 'free'", "unknown variant `free`"),
        ("[data]\nviews = 'some'", "unknown variant `some`"),
        ("[store\n", "line 1"),
        // Impossible ranges.
        ("[store]\nprice = [60, 15]", "store.price"),
        ("[store]\nstock = [9, 8]", "store.stock"),
        ("[store]\ncost_share = [0.6, 0.5]", "store.cost_share"),
        ("[store]\nreturn_after_days = [9, 3]", "store.return_after_days"),
        ("[store]\nbulk_units = [9, 3]", "store.bulk_units"),
        ("[store]\nrestock = [9, 3]", "store.restock"),
        ("[partners]\nclick_price = [0.2, 0.1]", "partners.click_price"),
        ("[partners]\nbogus_reversed_after_days = [20, 10]", "partners.bogus_reversed_after_days"),
        ("[response]\ncannibalisation = [0.5, 0.4]", "response.cannibalisation"),
        ("[platform.paid]\nclick_price = [0.9, 0.1]", "platform.paid.click_price"),
        // Impossible values.
        ("name = ''", "name"),
        ("[store]\nproducts = 0", "store.products"),
        ("[store]\norders_per_day = 0.0", "store.orders_per_day"),
        ("[store]\nreturn_rate = [0.1, 1.5]", "store.return_rate[1]"),
        ("[store]\ngrowth = -1.0", "store.growth"),
        ("[store]\ngrowth = nan", "store.growth"),
        ("[store]\norders_per_day = nan", "store.orders_per_day"),
        ("[store]\norders_per_day = inf", "store.orders_per_day"),
        ("[store]\ncost_share = [nan, nan]", "store.cost_share"),
        ("[store]\nseason_peak_day = 367", "store.season_peak_day"),
        ("[store]\nweekdays = [0, 0, 0, 0, 0, 0, 0]", "store.weekdays"),
        ("[store]\ntime_zone = 'Europe/Berln'", "store.time_zone"),
        ("[[store.events]]\nday = 1\ndays = 0\ndemand = 1.0", "store.events[0].days"),
        ("[[store.price_changes]]\nday = 1\nshare = 1.1\nfactor = 1.0", "store.price_changes[0].share"),
        ("[partners]\ncount = 501", "partners.count"),
        ("[partners]\ncommission = [-0.1, 0.2]", "partners.commission[0]"),
        ("[[partners.moves]]\nday = 5000", "partners.moves[0].day"),
        ("[response]\nworks = 1.01", "response.works"),
        ("[response]\ns_exponent = 0.0", "response.s_exponent"),
        ("[platform]\nlocked_after_days = 0", "platform.locked_after_days"),
        ("[platform.paid]\noverdelivery = 0.5", "platform.paid.overdelivery"),
        ("[data]\nmissing_hours = -0.1", "data.missing_hours"),
        ("[data]\nrestated_after_hours = 0", "data.restated_after_hours"),
    ] {
        let error = World::from_toml(text).map(|world| format!("{world:?}")).expect_err(text);
        assert_eq!(error.kind(), SandboxErrorKind::Input, "{text}");
        assert!(error.to_string().contains(told), "{text}: {error} does not say {told}");
    }
}

#[test]
fn what_is_not_a_number_is_refused_in_a_program_too() {
    let mut world = World::default();
    world.partners.taste = f64::NAN;
    assert_eq!(world.check().unwrap_err().kind(), SandboxErrorKind::Input);
}

#[test]
fn several_wrong_values_are_told_together() {
    let error = World::from_toml("[store]\ngrowth = 11.0\n[data]\nbots = -1.0").unwrap_err().to_string();
    assert!(error.contains("store.growth") && error.contains("data.bots"), "{error}");
}

#[test]
fn a_name_that_is_neither_world_nor_file_is_told_with_the_worlds_there_are() {
    for error in [World::named("tday").unwrap_err(), World::load("tday").unwrap_err()] {
        assert_eq!(error.kind(), SandboxErrorKind::Input);
        assert!(error.to_string().contains("tday") && error.to_string().contains("scarce-stock"), "{error}");
    }
}

#[test]
fn the_shipped_worlds_come_back_from_a_file_as_they_were() {
    for world in World::names().map(|name| World::named(name).unwrap()) {
        let text = toml::to_string(&world).unwrap();
        assert_eq!(World::from_toml(&text).unwrap(), world, "{text}");
        let json = serde_json::to_string(&world).unwrap();
        assert_eq!(serde_json::from_str::<World>(&json).unwrap(), world, "{json}");
    }
}

prop_compose! {
    fn pair(low: f64, high: f64)(a in low..high, b in low..high) -> [f64; 2] {
        [a.min(b), a.max(b)]
    }
}

prop_compose! {
    fn event()(day in -400..4000_i32, days in 1..400_u32, demand in 0.0..50.0, conversion in 0.0..20.0,
        category in proptest::option::of("[A-Za-z& \"'\\\\äß]{0,12}")) -> Event {
        Event { day, days, demand, conversion, category }
    }
}

prop_compose! {
    fn a_store()(products in proptest::option::of(1..50_000_u32), price in proptest::option::of(pair(0.5, 10_000.0)),
        cost_share in pair(0.0, 1.5), keeps_costs: bool, growth in -0.95..10.0,
        weekdays in proptest::option::of(proptest::array::uniform7(0.1..10.0_f64)),
        events in proptest::collection::vec(event(), 0..3),
        time_zone in proptest::option::of(Just("America/New_York".to_owned()))) -> Store {
        Store { products, price, cost_share, keeps_costs, growth, weekdays, events, time_zone, ..Store::default() }
    }
}

prop_compose! {
    fn a_world()(name in "[^\\x00-\\x1f]{1,15}", about in "[^\\x00]{0,200}", store in a_store(), commission in pair(0.0, 1.0),
        moves in proptest::collection::vec((0..4000_u32, 0..500_u32, 0..500_u32), 0..3),
        s_exponent in 0.3..4.0, is_paid: bool, click_price in pair(0.005, 100.0), counts_views: bool) -> World {
        let moves = moves.into_iter().map(|(day, leave, join)| PartnerMove { day, leave, join }).collect();
        World {
            name,
            about: about.chars().take(200).collect(),
            store,
            partners: Partners { commission, moves, ..Partners::default() },
            response: Response { s_exponent, ..Response::default() },
            platform: Platform {
                kind: if is_paid { PlatformKind::Paid } else { PlatformKind::Affiliate },
                paid: Paid { click_price, ..Paid::default() },
                ..Platform::default()
            },
            data: Data { views: if counts_views { ViewCounting::Counted } else { ViewCounting::Missing }, ..Data::default() },
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_world_comes_back_from_a_file_as_it_was(world in a_world()) {
        world.check().unwrap();
        let text = toml::to_string(&world).unwrap();
        prop_assert_eq!(World::from_toml(&text).unwrap(), world, "{}", text);
    }

    #[test]
    fn any_text_is_a_world_or_is_refused(text in "\\[?(store|partners|data|name)\\]?\n?[a-z_]{0,12} ?= ?[-0-9a-z.\\[\\], ']{0,12}") {
        if let Err(error) = World::from_toml(&text) {
            prop_assert_eq!(error.kind(), SandboxErrorKind::Input);
        }
    }
}
