//! Which addresses and ranges are taken: all of the format's and no others.

use gpt_runtime::{AddressRange, Fault, InputAddress, PageTable, RangeError, Reason};
use gpt_tests::{Either, Facts, Memory, Random, Says, Tested, Tree, checked, map, unmap};

pub fn check<F: Tested>() {
    let checked = checked(F::MODULE);
    for root in 0..checked.format().roots.len() {
        below::<F>(&Facts::new(checked.clone(), root));
    }
    types::<F>(&Facts::new(checked.clone(), widest(&checked)));
}

/// The place of the root that takes the most addresses.
fn widest(checked: &gpt_codegen::Checked) -> usize {
    let format = checked.format();
    (0..format.roots.len()).max_by_key(|root| format.level(format.roots[*root]).index.high).unwrap()
}

/// Addresses beside every edge of the input space, inside and outside.
fn around(facts: &Facts) -> Vec<u64> {
    let edges = facts.halves.iter().flat_map(|(first, last)| [*first, *last]);
    let near = edges.flat_map(|edge| [edge.wrapping_sub(1), edge, edge.wrapping_add(1)]);
    near.chain([0, u64::MAX, 1 << 63, (1 << 63) - 1, 1 << 32]).collect()
}

/// The types refuse what no root takes.
fn types<F: Tested>(facts: &Facts) {
    let kinds = facts.checked.format().kinds.iter().filter(|kind| kind.class == gpt_codegen::model::Class::Page);
    let sizes = kinds.flat_map(|kind| kind.layouts.iter().map(|layout| facts.checked.format().page_lg2(layout)));
    assert_eq!(F::PAGE_SIZES, sizes.fold(0, |all, size_lg2| all | 1 << size_lg2), "the advertised sizes");
    for address in around(facts) {
        assert_eq!(InputAddress::<F>::new(address).is_some(), facts.is_input(address), "{address:#x}");
        for other in around(facts) {
            let range = AddressRange::<F>::from_first_last(address, other);
            let inside = facts.halves.iter().any(|(first, last)| *first <= address && other <= *last);
            assert_eq!(range.is_ok(), address <= other && inside, "{address:#x}..={other:#x}");
        }
        assert_eq!(AddressRange::<F>::new(address, 0), Err(RangeError::Empty));
        let wraps = AddressRange::<F>::new(address, address.wrapping_neg().wrapping_add(1).max(2));
        assert!(address < 2 || wraps == Err(RangeError::Wraps), "{address:#x} {wraps:?}");
    }
}

/// A tree refuses what its root does not take, and output that is misaligned or too high, and is as it was.
fn below<F: Tested>(facts: &Facts) {
    let mut memory = Memory::new(&facts.checked);
    let tree: Tree<'_, F> =
        PageTable::with_root_level(memory.tables(), Either::numbered(0), facts.root.0 as u8).unwrap();
    let used = tree.environment().used_bytes();
    let says = Says::<F>::new(facts, &mut Random::new(1));
    let attributes = says.module(facts, &says.sets[0]);
    for address in around(facts) {
        let Some(va) = InputAddress::<F>::new(address) else { continue };
        let fault = tree.reader().walk(va).unwrap_err();
        assert_eq!(fault == Fault::BadInput, !facts.is_input(address), "{address:#x}: {fault:?}");
    }
    let page = 1 << facts.smallest_lg2;
    let output_bits = facts.checked.format().output.bits;
    let past_output: u64 = if output_bits >= 64 { 0 } else { 1 << output_bits };
    for (first, last) in facts.halves.iter().copied() {
        let whole = |first: u64, last: u64| AddressRange::<F>::from_first_last(first, last).unwrap();
        let start = whole(first, first + (page - 1));
        let mut refused = vec![(start, 1, Reason::BadOutput), (start, past_output.wrapping_sub(1), Reason::BadOutput)];
        if past_output != 0 {
            refused.push((start, past_output, Reason::BadOutput));
            refused.push((whole(first, first + (2 * page - 1)), past_output - page, Reason::BadOutput));
        }
        refused.push((whole(last - (2 * page - 1), last), 0_u64.wrapping_sub(page), Reason::BadOutput));
        refused.push((whole(first + 1, first + page), 0, Reason::BadInput));
        refused.push((whole(first, first + page), 0, Reason::BadInput));
        if let (Some(past), Some(end)) = (last.checked_add(1), last.checked_add(page))
            && let Ok(range) = AddressRange::<F>::from_first_last(past, end)
        {
            refused.push((range, 0, Reason::BadInput));
        }
        for (range, oa, reason) in refused {
            let done = map(&tree, range, oa, &attributes, facts.sizes);
            assert_eq!(done.stopped, Some((reason, range.first())), "{range:?} to {oa:#x}");
            assert_eq!(done.owed, None);
            if reason == Reason::BadInput {
                let done = unmap(&tree, range, &mut |_| panic!("nothing is mapped"));
                assert_eq!(done.stopped, Some((reason, range.first())), "unmapping {range:?}");
            }
        }
    }
    assert_eq!(tree.environment().used_bytes(), used);
    // One page has a way of its own where its table is there.
    for (first, _) in facts.halves.iter().copied() {
        let at = |number: u64| {
            AddressRange::<F>::from_first_last(first + number * page, first + (number * page + (page - 1))).unwrap()
        };
        let done = map(&tree, at(1), 0, &attributes, 1 << facts.smallest_lg2);
        assert_eq!(done.stopped, None);
        let mut refused = vec![1, past_output.wrapping_sub(1)];
        if past_output != 0 {
            refused.extend([past_output, 0_u64.wrapping_sub(page)]);
        }
        for oa in refused {
            let done = map(&tree, at(0), oa, &attributes, facts.sizes);
            assert_eq!(done.stopped, Some((Reason::BadOutput, first)), "{oa:#x}");
        }
        assert!(tree.reader().walk(InputAddress::new(first).unwrap()).is_err());
    }
}
