//! Makes few writes of many: words that continue each other become a fill or a run, and a write that goes on where the
//! last one ended becomes part of it.

use alloc::vec::Vec;
use core::mem;

use crate::write::{Item, Words, Write};

/// How many words in arithmetic progression are worth a write of their own.
const WORTH_A_RUN: usize = 4;

/// The words of neighbouring items as few writes, in order of addresses.
pub(crate) fn split(address: u64, item: Item, words: &[u128]) -> Vec<Write> {
    let mut writes = Vec::new();
    let mut literal = Vec::new();
    let mut at = address;
    let mut add = |words: Words| {
        let write = Write { address: at, item, words };
        at = write.end();
        writes.push(write);
    };
    let mut rest = words;
    while let Some((first, others)) = rest.split_first() {
        let (words, others_of_run) = rest.split_at(progression(item, rest));
        if words.len() < WORTH_A_RUN {
            literal.push(*first);
            rest = others;
            continue;
        }
        if !literal.is_empty() {
            add(Words::Literal(mem::take(&mut literal)));
        }
        add(run(item, words));
        rest = others_of_run;
    }
    if !literal.is_empty() {
        add(Words::Literal(literal));
    }
    writes
}

/// Makes `next` part of `last`, if it goes on where that ends; gives it back otherwise.
pub(crate) fn join(last: &mut Write, next: Write) -> Result<(), Write> {
    if last.end() != next.address || last.item != next.item {
        return Err(next);
    }
    let item = last.item;
    let (length, first_of_next) = (last.count(), next.word(0));
    let goes_on = |expected: u128| first_of_next == Some(expected);
    match (&mut last.words, &next.words) {
        (Words::Fill { word, count }, Words::Fill { count: more, .. }) if goes_on(*word) => *count += more,
        (Words::Fill { word, count }, Words::Literal(words)) if words.len() == 1 && goes_on(*word) => *count += 1,
        (Words::Run { first, increment, count }, Words::Run { increment: same, count: more, .. })
            if increment == same && goes_on(item.after(*first, *increment, length)) =>
        {
            *count += more;
        }
        (Words::Run { first, increment, count }, Words::Literal(words))
            if words.len() == 1 && goes_on(item.after(*first, *increment, length)) =>
        {
            *count += 1;
        }
        (Words::Literal(words), Words::Literal(more)) => {
            words.extend_from_slice(more);
            if words.len() >= WORTH_A_RUN && progression(item, words) == words.len() {
                last.words = run(item, words);
            }
        }
        _ => return Err(next),
    }
    Ok(())
}

/// The parts of a fill below and above what is written in the midst of it.
pub(crate) fn around(fill: &Write, inside: &Write) -> Option<(Option<Write>, Option<Write>)> {
    let Words::Fill { word, .. } = fill.words else { return None };
    if fill.item != inside.item || inside.address < fill.address || inside.end() > fill.end() {
        return None;
    }
    let part = |start: u64, end: u64| {
        let count = (end - start) / u64::from(fill.item.bytes);
        let words = if count == 1 { Words::Literal([word].into()) } else { Words::Fill { word, count } };
        (count > 0).then_some(Write { address: start, item: fill.item, words })
    };
    Some((part(fill.address, inside.address), part(inside.end(), fill.end())))
}

/// How many words at the start are in arithmetic progression: at least one, where there is one.
fn progression(item: Item, words: &[u128]) -> usize {
    let (Some(first), Some(second)) = (words.first(), words.get(1)) else { return words.len() };
    let increment = item.wrap(second.wrapping_sub(*first));
    let goes_on = |pair: &[u128]| matches!(pair, [one, next] if item.wrap(next.wrapping_sub(*one)) == increment);
    1 + words.windows(2).take_while(|pair| goes_on(pair)).count()
}

/// Words in arithmetic progression as a fill or a run.
fn run(item: Item, words: &[u128]) -> Words {
    let first = words.first().copied().unwrap_or_default();
    let increment = words.get(1).map_or(0, |second| item.wrap(second.wrapping_sub(first)));
    let count = words.len() as u64;
    if increment == 0 { Words::Fill { word: first, count } } else { Words::Run { first, increment, count } }
}
