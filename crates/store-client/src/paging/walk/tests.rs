//! The walk against a model of a shop that changes between and during its answers.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::prelude::*;

use super::*;

/// What happens in the shop, or to the answers on their way.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A new item, with the highest id.
    Create,
    /// An item goes, by its place.
    Delete(usize),
    /// An item that was not shown appears among the others.
    Publish(u64),
    /// The store answers one of the windows asked for.
    Answer(usize),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => Just(Event::Create),
        3 => (0usize..80).prop_map(Event::Delete),
        1 => (0u64..2_000).prop_map(Event::Publish),
        6 => (0usize..4).prop_map(Event::Answer),
    ]
}

/// The model: ids in order; every tenth has an item that cannot be read.
#[derive(Debug)]
struct Model {
    ids: BTreeSet<u64>,
    next: u64,
    /// Ids that were there all the time.
    steady: BTreeSet<u64>,
    counts: bool,
    cap: usize,
}

impl Model {
    fn new(size: usize, counts: bool, cap: usize) -> Self {
        let ids: BTreeSet<u64> = (1..=size as u64).map(|id| id * 10).collect();
        Self { steady: ids.clone(), next: size as u64 * 10 + 10, ids, counts, cap }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Create => {
                self.ids.insert(self.next);
                self.next += 10;
            }
            Event::Delete(at) => {
                if let Some(id) = self.ids.iter().nth(at % self.ids.len().max(1)).copied() {
                    self.ids.remove(&id);
                    self.steady.remove(&id);
                }
            }
            Event::Publish(id) => {
                self.ids.insert(id * 10 + 5);
            }
            Event::Answer(_) => {}
        }
    }

    fn answer(&self, window: Window) -> (Vec<Option<u64>>, Option<u64>) {
        let limit = usize::try_from(window.limit).unwrap().min(self.cap);
        let ids = self.ids.iter().skip(usize::try_from(window.offset).unwrap()).take(limit);
        (ids.map(|id| Some(*id)).collect(), self.counts.then_some(self.ids.len() as u64))
    }
}

/// Reads the model's list as the driver does: answers come in any order and are taken in theirs.
fn read(model: &mut Model, events: &[Event], limit: u64, at_once: usize) -> Vec<u64> {
    let mut walk = Walk::new(limit);
    let mut events = events.iter().copied();
    let mut emitted = Vec::new();
    let mut windows: VecDeque<Window> = VecDeque::new();
    let mut answers: BTreeMap<u64, (Vec<Option<u64>>, Option<u64>)> = BTreeMap::new();
    for _ in 0..20_000 {
        while windows.len() < at_once
            && let Some(window) = walk.plan()
        {
            windows.push_back(window);
        }
        let Some(front) = windows.front().copied() else {
            assert!(walk.ended(), "nothing to ask for before the end: {walk:?}");
            return emitted;
        };
        match events.next() {
            Some(Event::Answer(which)) => {
                let window = windows[which % windows.len()];
                answers.entry(window.offset).or_insert_with(|| model.answer(window));
            }
            Some(event) => model.happen(event),
            None => {
                answers.entry(front.offset).or_insert_with(|| model.answer(front));
            }
        }
        while let Some(front) = windows.front().copied()
            && let Some((ids, total)) = answers.remove(&front.offset)
        {
            windows.pop_front();
            let (from, to, void) = match walk.take(front, &ids, total) {
                Taken::Fresh { from, to, .. } => (from, to, false),
                Taken::FreshThenRestart { from, to } => (from, to, true),
                Taken::Gap => (0, 0, true),
                Taken::Unfit => panic!("a list in order is fit"),
            };
            emitted.extend(ids[from..to].iter().flatten());
            if void || walk.ended() {
                windows.clear();
                answers.clear();
            }
            assert!(!walk.is_stuck(), "{walk:?}");
        }
    }
    panic!("the walk does not end: {walk:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn what_was_there_all_the_time_comes_exactly_once(
        size in 0usize..90,
        events in prop::collection::vec(event(), 0..120),
        limit in 10u64..18,
        at_once in 1usize..5,
        counts: bool,
        cap in prop_oneof![3 => Just(1_000), 1 => 2usize..16],
    ) {
        // Windows are never smaller than ten items. Without a count, a store that sends fewer than asked for looks as if it had no more.
        let cap = if counts { cap } else { 1_000 };
        let mut model = Model::new(size, counts, cap);
        let emitted = read(&mut model, &events, limit, at_once);
        prop_assert!(emitted.windows(2).all(|pair| pair[0] < pair[1]), "in order and once: {:?}", emitted);
        let emitted: BTreeSet<u64> = emitted.into_iter().collect();
        let lost: Vec<_> = model.steady.difference(&emitted).collect();
        prop_assert!(lost.is_empty(), "lost {:?}", lost);
    }
}

#[test]
fn a_still_list_takes_one_window_for_each_99_items() {
    let mut walk = Walk::new(100);
    let model = Model::new(100_000, true, 1_000);
    let mut asked = 0u64;
    while let Some(window) = walk.plan() {
        asked += 1;
        let (ids, total) = model.answer(window);
        walk.take(window, &ids, total);
    }
    assert!(walk.ended());
    assert_eq!(asked, 1_011);
}

#[test]
fn a_store_that_passes_over_nothing_is_found_out() {
    let ids: Vec<_> = (1..=10).map(Some).collect();
    let mut walk = Walk::new(10);
    let first = walk.plan().unwrap();
    assert_eq!(walk.take(first, &ids, Some(30)), Taken::Fresh { from: 0, to: 10, end: false });
    let second = walk.plan().unwrap();
    assert_eq!(walk.take(second, &ids, Some(30)), Taken::Unfit);
    let mut walk = Walk::new(10);
    let first = walk.plan().unwrap();
    assert_eq!(walk.take(first, &[Some(3), Some(1)], Some(2)), Taken::Unfit);
}

#[test]
fn items_without_an_id_are_told_once() {
    let mut walk = Walk::new(4);
    let list = [Some(1), None, Some(3), None, Some(5), None];
    let mut told = Vec::new();
    while let Some(window) = walk.plan() {
        let from = usize::try_from(window.offset).unwrap().min(list.len());
        let ids = &list[from..(from + 4).min(list.len())];
        match walk.take(window, ids, Some(6)) {
            Taken::Fresh { from, to, .. } | Taken::FreshThenRestart { from, to } => told.extend_from_slice(&ids[from..to]),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(told, list);
}

#[test]
fn items_that_are_counted_but_not_shown_do_not_end_the_list() {
    // Places 3 to 9 hold items that this reader may not see.
    let shown = |at: u64| (!(3..10).contains(&at)).then_some(at + 1);
    let mut walk = Walk::new(4);
    let mut told = Vec::new();
    for _ in 0..50 {
        let Some(window) = walk.plan() else { break };
        let ids: Vec<_> = (window.offset..(window.offset + 4).min(20)).filter_map(shown).map(Some).collect();
        if let Taken::Fresh { from, to, .. } | Taken::FreshThenRestart { from, to } = walk.take(window, &ids, Some(20)) {
            told.extend(ids[from..to].iter().flatten().copied());
        }
    }
    assert!(walk.ended(), "{walk:?}");
    assert_eq!(told, (0..20).filter_map(shown).collect::<Vec<_>>());
}
