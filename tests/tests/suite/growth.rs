//! A tree that gets a root of a higher level keeps all that it maps, for walks from either root.

use gpt_runtime::{AddressRange, GrowError, InputAddress, PageTable};
use gpt_tests::{Either, Facts, Memory, Random, Says, Tested, Tree, View, agree, checked, map, unmap};

pub fn check<F: Tested>() {
    let checked = checked(F::MODULE);
    for root in 0..checked.format().roots.len() {
        grow::<F>(&Facts::new(checked.clone(), root));
    }
}

/// Where pages are put: the first and the last of what the root takes, and one between.
fn places(facts: &Facts) -> Vec<u64> {
    let page = 1_u64 << facts.smallest_lg2;
    let ends =
        facts.halves.iter().flat_map(|(first, last)| [*first, first + (last - first) / 2 + 1, last - (page - 1)]);
    let mut places: Vec<u64> = ends.map(|va| va & !(page - 1)).filter(|va| facts.is_input(*va)).collect();
    places.sort_unstable();
    places.dedup();
    places
}

fn grow<F: Tested>(facts: &Facts) {
    let says = Says::<F>::new(facts, &mut Random::new(5));
    let mut memory = Memory::new(&facts.checked);
    let tree: Tree<'_, F> =
        PageTable::with_root_level(memory.tables(), Either::numbered(0), facts.root.0 as u8).unwrap();
    let page = 1_u64 << facts.smallest_lg2;
    let mut mapped: Vec<(u64, u64, usize)> = Vec::new();
    let mut roots = vec![(facts.clone(), tree.root())];
    let mut facts = facts.clone();
    loop {
        for va in places(&facts) {
            if mapped.iter().any(|(there, ..)| *there == va) {
                continue;
            }
            let (oa, set) = (page * (100 + mapped.len() as u64), mapped.len() % says.sets.len());
            let range = AddressRange::new(va, page).unwrap();
            let done = map(&tree, range, oa, &says.module(&facts, &says.sets[set]), facts.sizes);
            assert_eq!(done.stopped, None, "{} at {va:#x}", F::MODULE);
            mapped.push((va, oa, set));
        }
        for (facts, table) in &roots {
            let view = View::new(facts, tree.environment().seen(), *table);
            for (va, oa, set) in mapped.iter().filter(|(va, ..)| facts.is_input(*va)) {
                let found = view.at(*va).unwrap_or_else(|fault| panic!("{}: {va:#x}: {fault}", F::MODULE));
                assert_eq!((found.oa, found.size_lg2), (*oa, facts.smallest_lg2));
                assert!(agree(&found.attributes, &says.sets[*set]));
                let walked = tree.reader().walk(InputAddress::new(*va).unwrap()).unwrap();
                assert_eq!(walked.oa, *oa);
            }
        }
        let above = parent(&facts);
        match (tree.grow_root(), above) {
            (Ok(root), Some(place)) => {
                facts = Facts::new(facts.checked.clone(), place);
                assert_eq!((usize::from(root.level), tree.root_table()), (facts.root.0, root));
                roots.push((facts.clone(), root.address));
            }
            (Err(error), None) => {
                assert_eq!(error, GrowError::NoHigherRoot);
                break;
            }
            (grown, above) => panic!("{}: {grown:?}, but a root above is {above:?}", F::MODULE),
        }
    }
    for (first, last) in &facts.halves {
        let range = AddressRange::from_first_last(*first, *last).unwrap();
        let mut pages = 0;
        let done = unmap(&tree, range, &mut |_| pages += 1);
        assert_eq!(done.stopped, None);
        mapped.drain(..pages);
    }
    assert_eq!(mapped, [], "pages were not reported");
}

/// The place of the root just above, among the format's; none where the upper bits of addresses mean something.
fn parent(facts: &Facts) -> Option<usize> {
    let format = facts.checked.format();
    if format.input.sign_extended {
        return None;
    }
    let leads = |root: &usize| {
        let mut layouts = format.layouts_at(format.roots[*root]).flat_map(|(_, layout)| &layout.children);
        layouts.any(|child| child.level == facts.root)
    };
    (0..format.roots.len()).find(leads)
}
