//! Random histories of every format of the catalogue, against a list of pages.

use std::collections::BTreeMap;

use gpt_codegen::Checked;
use gpt_codegen::interpreter::{Attributes, Image, MapError, Mapping, Root, Value, attribute_name, dump};
use gpt_codegen::interpreter::{map, protect, unmap, walk};
use gpt_codegen::model::{Class, Field, Layout, Role};

use super::formats::{PAIR, WIDE};
use super::{Random, catalogue, described, new_image};

/// What every smallest page of the window leads to, and whether the flag is set.
type Pages = BTreeMap<u64, (u64, bool)>;

struct Case {
    format: Checked,
    /// The sizes of pages, smallest first.
    sizes: Vec<u64>,
    /// An attribute that every page has and that can be either way.
    flag: Option<String>,
    /// The first input address of the window in which everything happens.
    window: u64,
    /// How many bytes it has.
    window_bytes: u64,
    /// Output addresses are below this.
    output_bytes: u64,
}

fn case(format: Checked, random: &mut Random) -> Case {
    let model = format.format();
    let pages = || model.kinds.iter().filter(|kind| kind.class == Class::Page).flat_map(|kind| &kind.layouts);
    let mut sizes: Vec<u64> = pages().map(|layout| 1 << model.page_lg2(layout)).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let has = |layout: &Layout, name: &str| {
        let single = |field: &Field| field.bits.width() == 1 && matches!(field.role, Role::Setting { codes: None, .. });
        layout.fields.iter().any(|field| single(field) && attribute_name(field).as_deref() == Some(name))
    };
    let flags = ["user", "global", "dirty", "accessed", "write", "execute"];
    let flag = flags.iter().find(|name| pages().all(|layout| has(layout, name))).map(|name| (*name).to_owned());
    let reach = pages().map(|layout| layout.reach_bits).min().unwrap().min(model.output.bits);
    let bits = model.input.bits.min(model.level(model.roots[0]).index.high + 1);
    // Under one entry there may be tables for larger pages only; that happens where a mapping takes in all of the entry.
    let alike = |level: usize| {
        let tables = model.kinds.iter().filter(|kind| kind.class == Class::Table).flat_map(|kind| &kind.layouts);
        tables.filter(move |layout| layout.level.0 == level).count() > 1
    };
    let chosen = (0..model.levels.len()).filter(|level| alike(*level)).map(|level| model.levels[level].index.low).min();
    let most = chosen.map_or(u32::MAX, |low| low - 1).min(bits - 1);
    let window_bytes = (sizes[0] * 1024).min(1 << most);
    let windows = 1_u64 << (bits - 1) >> window_bytes.trailing_zeros();
    let mut window = random.below(windows) * window_bytes;
    if random.below(2) == 0 {
        // The other half, and sometimes the very last bytes.
        window = if random.below(2) == 0 { (windows - 1) * window_bytes } else { window } + (1 << (bits - 1));
        if model.input.sign_extended {
            window |= u64::MAX << (bits - 1);
        }
    }
    let output_bytes = 1_u64.checked_shl(reach).unwrap_or(1 << 63);
    Case { sizes, flag, window, window_bytes, output_bytes, format }
}

impl Case {
    fn range(&self, random: &mut Random) -> (u64, u64) {
        let size = *random.pick(&self.sizes);
        let size = if size > self.window_bytes { self.sizes[0] } else { size };
        let offset = random.below(self.window_bytes / size) * size;
        let room = (self.window_bytes - offset) / size;
        // The odd smallest page more makes ends that do not fit larger pages.
        let bytes = (1 + random.below(room.min(4))) * size;
        let odd = random.below(3) * self.sizes[0];
        (offset, (bytes + odd).min(self.window_bytes - offset))
    }

    fn attributes(&self, on: bool) -> Attributes {
        self.flag.iter().map(|name| (name.clone(), Value::Flag(on))).collect()
    }

    fn check(&self, image: &Image, root: Root, pages: &Pages, random: &mut Random) {
        let small = self.sizes[0];
        let dumped = dump(&self.format, image, root);
        assert_eq!((dumped.faults, dumped.more_faults), (vec![], 0));
        let mut listed = Pages::new();
        for run in &dumped.runs {
            let on = self.flag.as_ref().is_some_and(|name| run.attributes[name] == Value::Flag(true));
            for offset in (0..run.bytes).step_by(small as usize) {
                listed.insert(run.va - self.window + offset, (run.oa + offset, on));
            }
        }
        assert_eq!(&listed, pages, "{}", self.format.format().name);
        for _ in 0..20 {
            let offset = random.below(self.window_bytes);
            let inside = offset % small;
            let found = walk(&self.format, image, root, self.window + offset).result;
            let expected = pages.get(&(offset - inside)).map(|(oa, _)| oa + inside);
            assert_eq!(found.ok().map(|found| found.oa), expected, "{:#x}", self.window + offset);
        }
    }

    fn run(&self, random: &mut Random, steps: usize) {
        let (mut image, root) = new_image(&self.format, 1 << 20);
        let mut pages = Pages::new();
        let small = self.sizes[0];
        // Everything starts with the flag off, whatever the default is.
        let off = self.attributes(false);
        for step in 0..steps {
            let (offset, bytes) = self.range(random);
            let va = self.window + offset;
            let range = offset..offset + bytes;
            match random.below(4) {
                0 | 1 => {
                    let align = *random.pick(&self.sizes);
                    let most = self.output_bytes - bytes;
                    let oa = (random.next() % most / align * align + va % align) % most / small * small;
                    let mapping = Mapping { va, oa, bytes: bytes.into(), attributes: None };
                    let mapped = map(&self.format, &mut image, root, mapping);
                    if pages.range(range.clone()).next().is_some() {
                        let first = self.window + pages.range(range).next().unwrap().0;
                        assert!(matches!(mapped, Err(MapError::Exists { va, .. }) if va == first), "{mapped:?}");
                        continue;
                    }
                    assert_eq!(mapped, Ok(()), "{} {va:#x} {oa:#x} {bytes:#x}", self.format.format().name);
                    if self.flag.is_some() {
                        protect(&self.format, &mut image, root, va, bytes.into(), &off).unwrap();
                    }
                    pages.extend(range.step_by(small as usize).map(|at| (at, (oa + (at - offset), false))));
                }
                2 => {
                    let removed = unmap(&self.format, &mut image, root, va, bytes.into()).unwrap();
                    let total: u64 = removed.iter().map(|run| run.bytes).sum();
                    assert_eq!(total, pages.range(range.clone()).count() as u64 * small);
                    pages.retain(|at, _| !range.contains(at));
                }
                _ if self.flag.is_some() => {
                    let on = random.below(2) == 0;
                    let done = protect(&self.format, &mut image, root, va, bytes.into(), &self.attributes(on));
                    assert!(done.is_ok(), "{} {done:?}", self.format.format().name);
                    pages.range_mut(range).for_each(|(_, (_, flag))| *flag = on);
                }
                _ => {}
            }
            if step % 8 == 0 || step + 1 == steps {
                self.check(&image, root, &pages, random);
            }
        }
    }
}

#[test]
fn every_format_behaves_like_a_list_of_pages() {
    let directory = format!("{}/../formats", env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<String> = std::fs::read_dir(directory)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str().unwrap().strip_suffix(".yaml").map(str::to_owned))
        .collect();
    names.sort();
    assert!(names.len() > 20);
    let mut random = Random::new(42);
    for name in names {
        case(catalogue(&name), &mut random).run(&mut random, 40);
    }
}

#[test]
fn small_formats_with_everything_behave_like_a_list_of_pages() {
    let mut random = Random::new(1);
    for text in [PAIR, WIDE] {
        for _ in 0..5 {
            case(described(text), &mut random).run(&mut random, 80);
        }
    }
}
