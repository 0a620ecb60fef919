//! What a journal promises.

use futures_util::future::join_all;

use super::samples::{at, intent, operation};
use super::{Conformance, Violation, answered, ensure, ensure_eq};
use crate::ports::Journal;
use crate::{
    Effect, ErrorKind, JournalEntry, JournalEvent, OpenOperation, OperationId, OperationState, PlatformCampaignId, Sequence,
};

const APPENDS: &str = "a possible event is appended";
const READS: &str = "what was appended can be read";

/// Checks a journal. It must not hold operations whose id begins with `conformance-`; it may hold others.
///
/// # Errors
///
/// The first promise that is broken.
pub async fn journal(journal: &dyn Journal) -> Conformance {
    let before = last(journal).await?;
    whole_life(journal).await?;
    sent_again(journal).await?;
    impossible_histories(journal).await?;
    only_one_sends(journal).await?;
    order_and_limits(journal, before).await
}

fn prepared(name: &str) -> Result<JournalEvent, Violation> {
    Ok(JournalEvent::Prepared { intent: Box::new(intent(name)?) })
}

fn unknown() -> JournalEvent {
    JournalEvent::Unknown { reason: "no answer, \"perhaps\" \u{1f937}\n".to_owned() }
}

fn done(adopted: bool) -> Result<JournalEvent, Violation> {
    let campaign = super::samples::id(PlatformCampaignId::new("4711"))?;
    Ok(JournalEvent::Done { effect: Effect::Scheduled { campaign, starts_at: at(7)? }, adopted })
}

async fn append(journal: &dyn Journal, name: &str, event: &JournalEvent, second: i64) -> Result<Sequence, Violation> {
    answered(APPENDS, journal.append(&operation(name)?, event, at(second * 1_000_000 + 1)?).await)
}

async fn state(journal: &dyn Journal, name: &str) -> Result<Option<OperationState>, Violation> {
    answered(READS, journal.state(&operation(name)?).await)
}

async fn open(journal: &dyn Journal, name: &str) -> Result<Option<OpenOperation>, Violation> {
    let operation = operation(name)?;
    Ok(ours(journal).await?.into_iter().find(|open| open.intent.operation == operation))
}

/// The open operations of this suite, in the order in which the journal gives them.
async fn ours(journal: &dyn Journal) -> Result<Vec<OpenOperation>, Violation> {
    let mut open = answered(READS, journal.open_operations().await)?;
    open.retain(|open| open.intent.operation.as_str().starts_with("conformance-"));
    Ok(open)
}

/// The newest position.
async fn last(journal: &dyn Journal) -> Result<Option<Sequence>, Violation> {
    let mut last = None;
    loop {
        let page = answered(READS, journal.entries(last, 500).await)?;
        match page.last() {
            Some(entry) if Some(entry.sequence) > last => last = Some(entry.sequence),
            Some(entry) => return Err(Violation::new("entries after a position come after it", entry)),
            None => return Ok(last),
        }
    }
}

async fn whole_life(journal: &dyn Journal) -> Conformance {
    let name = "life";
    ensure_eq("an operation that was never prepared has no state", &state(journal, name).await?, &None)?;
    append(journal, name, &prepared(name)?, 0).await?;
    ensure_eq("a prepared operation is prepared", &state(journal, name).await?, &Some(OperationState::Prepared))?;
    append(journal, name, &JournalEvent::Sent { attempt: 1 }, 1).await?;
    append(journal, name, &unknown(), 2).await?;
    let expected = OpenOperation {
        intent: intent(name)?,
        state: OperationState::Unknown { attempts: 1, empty_reads: 0 },
        prepared_at: at(1)?,
        changed_at: at(2_000_001)?,
    };
    ensure_eq("an open operation shows intent, state and both times", &open(journal, name).await?, &Some(expected))?;
    append(journal, name, &done(true)?, 3).await?;
    ensure_eq("a finished operation is done", &state(journal, name).await?, &Some(OperationState::Done))?;
    ensure_eq("a finished operation is not open", &open(journal, name).await?, &None)
}

async fn sent_again(journal: &dyn Journal) -> Conformance {
    let name = "again";
    append(journal, name, &prepared(name)?, 10).await?;
    append(journal, name, &JournalEvent::Sent { attempt: 1 }, 11).await?;
    append(journal, name, &unknown(), 12).await?;
    append(journal, name, &JournalEvent::NotFound { empty_reads: 1 }, 13).await?;
    append(journal, name, &JournalEvent::NotFound { empty_reads: 2 }, 14).await?;
    let counted = Some(OperationState::Unknown { attempts: 1, empty_reads: 2 });
    ensure_eq("empty look-ups are counted", &state(journal, name).await?, &counted)?;
    append(journal, name, &JournalEvent::Sent { attempt: 2 }, 15).await?;
    let sent = Some(OperationState::Sent { attempts: 2 });
    ensure_eq("attempts are counted", &state(journal, name).await?, &sent)?;
    append(journal, name, &JournalEvent::Rejected { reason: "over".to_owned() }, 16).await?;
    ensure_eq("a rejected operation is rejected", &state(journal, name).await?, &Some(OperationState::Rejected))?;
    ensure_eq("a rejected operation is not open", &open(journal, name).await?, &None)
}

async fn impossible_histories(journal: &dyn Journal) -> Conformance {
    let stood = last(journal).await?;
    let refused = [
        ("never", JournalEvent::Sent { attempt: 1 }),
        ("never", done(false)?),
        ("life", prepared("life")?),
        ("life", JournalEvent::Sent { attempt: 2 }),
        ("life", JournalEvent::Rejected { reason: "late".to_owned() }),
    ];
    for (name, event) in refused {
        match journal.append(&operation(name)?, &event, at(20_000_000)?).await {
            Err(error) if error.kind() == ErrorKind::Conflict => {}
            other => return Err(Violation::new("an impossible event is refused as a conflict", (name, event, other))),
        }
    }
    let swapped = journal.append(&operation("never")?, &prepared("someone-else")?, at(20_000_000)?).await;
    ensure("an intent is only written under its own operation", swapped.is_err(), swapped)?;
    ensure_eq("what was refused left no trace", &last(journal).await?, &stood)?;
    ensure_eq("what was refused changed no state", &state(journal, "life").await?, &Some(OperationState::Done))?;
    ensure_eq("what was refused created no operation", &state(journal, "never").await?, &None)
}

/// Eight at once want to send: the others must see that one did.
async fn only_one_sends(journal: &dyn Journal) -> Conformance {
    let name = "race";
    append(journal, name, &prepared(name)?, 30).await?;
    let (operation, event, at) = (operation(name)?, JournalEvent::Sent { attempt: 1 }, at(31_000_000)?);
    let results = join_all((0..8).map(|_| journal.append(&operation, &event, at))).await;
    let won = results.iter().filter(|result| result.is_ok()).count();
    let lost = results.iter().filter(|result| matches!(result, Err(error) if error.kind() == ErrorKind::Conflict)).count();
    ensure("of several that send the same operation exactly one may", won == 1 && lost == 7, results)
}

async fn order_and_limits(journal: &dyn Journal, before: Option<Sequence>) -> Conformance {
    append(journal, "older", &prepared("older")?, 41).await?;
    append(journal, "newer", &prepared("newer")?, 40).await?;
    append(journal, "older", &JournalEvent::Sent { attempt: 1 }, 42).await?;
    let open: Vec<OperationId> = ours(journal).await?.into_iter().map(|open| open.intent.operation).collect();
    let expected = [operation("race")?, operation("older")?, operation("newer")?].to_vec();
    ensure_eq("open operations come in the order of their intents", &open, &expected)?;

    let all = answered(READS, journal.entries(before, 1_000).await)?;
    let rising = all.windows(2).all(|pair| matches!(pair, [a, b] if a.sequence < b.sequence));
    ensure("entries come in the order in which they were appended", rising, &all)?;
    let life = |entries: &[JournalEntry]| -> Result<Vec<JournalEntry>, Violation> {
        let life = operation("life")?;
        Ok(entries.iter().filter(|entry| entry.operation == life).cloned().collect())
    };
    let events: Vec<_> = life(&all)?.into_iter().map(|entry| (entry.event, entry.at)).collect();
    let wanted = vec![
        (prepared("life")?, at(1)?),
        (JournalEvent::Sent { attempt: 1 }, at(1_000_001)?),
        (unknown(), at(2_000_001)?),
        (done(true)?, at(3_000_001)?),
    ];
    ensure_eq("entries are read as they were written", &events, &wanted)?;

    let first = answered(READS, journal.entries(before, 2).await)?;
    ensure_eq("the limit holds", &first, &all.iter().take(2).cloned().collect())?;
    let rest = answered(READS, journal.entries(first.last().map(|entry| entry.sequence), 1_000).await)?;
    ensure_eq("entries after a position go on where it stands", &rest, &all.iter().skip(2).cloned().collect())?;
    let none = answered(READS, journal.entries(all.last().map(|entry| entry.sequence), 5).await)?;
    ensure("nothing comes after the last entry", none.is_empty(), none)
}
