//! The shape of JSON: nesting and array items counted without building anything.
//!
//! Every answer goes through here before it is parsed, so 64 bytes are looked at together, as bits of a word, in the way
//! of simdjson (Langdale and Lemire, "Parsing Gigabytes of JSON per Second", 2019).

use super::{JsonError, JsonLimits};
use crate::HttpErrorKind;

/// Where a scan ended.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum End {
    /// Within a string, an array or an object.
    Inside,
    /// With everything closed.
    Closed,
}

/// Counts nesting and array items; whether it is JSON at all is not its concern.
pub(super) fn scan(bytes: &[u8], limits: &JsonLimits) -> Result<End, JsonError> {
    let mut scan = Scan { limits: *limits, open: Vec::new(), in_string: false, escaped: false };
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    for block in blocks {
        scan.take(block)?;
    }
    let mut last = [b' '; BLOCK];
    last.iter_mut().zip(rest).for_each(|(place, byte)| *place = *byte);
    scan.take(&last)?;
    Ok(if scan.in_string || !scan.open.is_empty() { End::Inside } else { End::Closed })
}

const BLOCK: usize = 64;

struct Scan {
    limits: JsonLimits,
    /// One entry per open array or object: the commas seen in an array, nothing for an object.
    open: Vec<Option<usize>>,
    /// Whether the next block begins within a string.
    in_string: bool,
    /// Whether the next block's first byte stands behind a backslash.
    escaped: bool,
}

impl Scan {
    fn take(&mut self, block: &[u8; BLOCK]) -> Result<(), JsonError> {
        let outside = !self.strings(block);
        // `[` and `{` differ in one bit alone, and so do `]` and `}`.
        let opening = bits(block, |byte| byte | 0x20 == b'{') & outside;
        let closing = bits(block, |byte| byte | 0x20 == b'}') & outside;
        let mut commas = bits(block, |byte| byte == b',') & outside;
        let mut brackets = opening | closing;
        while brackets != 0 {
            let bracket = brackets & brackets.wrapping_neg();
            let before = commas & (bracket - 1);
            self.count(before)?;
            commas ^= before;
            brackets ^= bracket;
            if opening & bracket != 0 {
                let is_array = block.get(bracket.trailing_zeros() as usize) == Some(&b'[');
                self.open(is_array)?;
            } else {
                self.open.pop();
            }
        }
        self.count(commas)
    }

    /// The bytes within strings, their opening quotes included.
    fn strings(&mut self, block: &[u8; BLOCK]) -> u64 {
        let escaped = self.escaped(bits(block, |byte| byte == b'\\'));
        let quotes = bits(block, |byte| byte == b'"') & !escaped;
        // Between an odd quote and the next, an odd number of quotes was seen.
        let mut within = quotes;
        for distance in [1, 2, 4, 8, 16, 32] {
            within ^= within << distance;
        }
        if self.in_string {
            within = !within;
        }
        self.in_string = within >> 63 != 0;
        within
    }

    /// The bytes behind a backslash that is not itself behind one.
    fn escaped(&mut self, mut backslashes: u64) -> u64 {
        let mut escaped = u64::from(self.escaped);
        self.escaped = false;
        backslashes &= !escaped;
        while backslashes != 0 {
            let backslash = backslashes & backslashes.wrapping_neg();
            let next = backslash << 1;
            self.escaped |= next == 0;
            escaped |= next;
            backslashes &= !(backslash | next);
        }
        escaped
    }

    fn open(&mut self, is_array: bool) -> Result<(), JsonError> {
        if self.open.len() >= self.limits.depth {
            let detail = format!("the answer is nested deeper than {} levels", self.limits.depth);
            return Err(JsonError { kind: HttpErrorKind::TooDeep, detail });
        }
        self.open.push(is_array.then_some(0));
        Ok(())
    }

    /// Counts commas for the array that is open.
    fn count(&mut self, commas: u64) -> Result<(), JsonError> {
        if commas == 0 {
            return Ok(());
        }
        let Some(Some(count)) = self.open.last_mut() else { return Ok(()) };
        *count += commas.count_ones() as usize;
        if *count >= self.limits.array_items {
            let detail = format!("the answer holds an array of more than {} items", self.limits.array_items);
            return Err(JsonError { kind: HttpErrorKind::TooLarge, detail });
        }
        Ok(())
    }
}

/// One bit for each byte of a block, the first byte's the lowest.
fn bits(block: &[u8; BLOCK], is: impl Fn(u8) -> bool) -> u64 {
    /// Moves the lowest bit of each of eight bytes into the highest byte, in their order.
    const GATHER: u64 = 0x0102_0408_1020_4080;

    let flags = block.map(|byte| u8::from(is(byte)));
    let (eights, _) = flags.as_chunks::<8>();
    eights.iter().rev().fold(0, |bits, eight| bits << 8 | u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same, a byte at a time.
    fn naive(bytes: &[u8], limits: &JsonLimits) -> Result<End, HttpErrorKind> {
        let mut open: Vec<Option<usize>> = Vec::new();
        let (mut in_string, mut escaped) = (false, false);
        for byte in bytes {
            let is_escaped = escaped;
            escaped = *byte == b'\\' && !is_escaped;
            match byte {
                b'"' if !is_escaped => in_string = !in_string,
                _ if in_string => {}
                b'[' | b'{' if open.len() >= limits.depth => return Err(HttpErrorKind::TooDeep),
                b'[' | b'{' => open.push((*byte == b'[').then_some(0)),
                b']' | b'}' => drop(open.pop()),
                b',' => match open.last_mut() {
                    Some(Some(commas)) if *commas + 1 >= limits.array_items => return Err(HttpErrorKind::TooLarge),
                    Some(Some(commas)) => *commas += 1,
                    _ => {}
                },
                _ => {}
            }
        }
        Ok(if in_string || !open.is_empty() { End::Inside } else { End::Closed })
    }

    proptest! {
        #[test]
        fn blocks_and_single_bytes_agree(text in "([\\[\\]{},\"\\\\]|[a-z ]{1,20}|\\\\{1,70}){0,60}", depth in 1usize..20, array_items in 1usize..20) {
            let limits = JsonLimits { array_items, depth };
            let found = scan(text.as_bytes(), &limits).map_err(|error| error.kind());
            prop_assert_eq!(found, naive(text.as_bytes(), &limits), "{}", text);
        }
    }

    #[test]
    fn every_byte_has_its_bit() {
        for at in 0..BLOCK {
            let mut block = [b' '; BLOCK];
            block[at] = b',';
            assert_eq!(bits(&block, |byte| byte == b','), 1 << at);
        }
    }
}
