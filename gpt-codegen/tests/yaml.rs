//! What descriptions in YAML become.
#![cfg(feature = "yaml")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use gpt_codegen::model::{
    BitRange, Caches, Class, Endian, Field, Flush, Format, Layout, Meaning, Replace, Role, Target, Walker,
};
use gpt_codegen::{from_yaml, from_yaml_file};

/// An entry with two tables below it, each there by a field of its own.
const DUAL: &str = "\
format: dual
about:  two tables at once
manual: none
va:     24 bits
pa:     32 bits
entry:  32 bits, big-endian
levels:
  - 23:16  DIR, entry 64 bits
  - 15:12  BIG
  - 15:8   SMALL, aligned 4K
entries:
  absent:
    at: [DIR, BIG, SMALL]
    bits:
      - 63:34       zero at DIR
      - 33:32  S    = 0 at DIR
      - 31:2        zero
      - 1:0    B    = 0
  tables:
    at: [DIR]
    when: B or S = 2
    present:
      BIG:   B
      SMALL: S = 2
    bits:
      - 63:44  LO   table SMALL[31:12]
      - 43:34       zero
      - 33:32  S    vendor.small
      - 31:6   HI   table BIG[31:6]
      - 5:2         zero
      - 1:0    B    vendor.big
  page:
    at: [BIG, SMALL]
    bits:
      - 31:12  ADDR page at BIG
      - 11:2        zero at BIG
      - 31:8   ADDR page at SMALL
      - 7:2         zero at SMALL
      - 1:0    V    = 1
";

/// The toy with a narrower output address.
const NARROW: &str = "\
extends: toy.yaml
format: toy_two
pa: 34 bits
entries:
  table:
    at: [DIR]
    like: table
    bits:
      - 31:30       zero
      - 29:8   ADDR table[33:12]
  page:
    at: [TAB]
    like: page
    bits:
      - 31:30       zero
      - 29:8   ADDR page[33:12]
tlb:
  flush: context
";

fn readme() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../formats/README.md")).unwrap()
}

/// The blocks of YAML in the documentation.
fn examples() -> Vec<String> {
    readme().split("```yaml\n").skip(1).map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

/// The documentation's own whole file.
fn toy() -> String {
    examples().into_iter().find(|example| example.starts_with("format: toy")).unwrap()
}

fn no_other(name: &str) -> Result<String, String> {
    Err(format!("there is no {name}"))
}

fn read(text: &str) -> Format {
    from_yaml("test.yaml", text, &no_other).unwrap_or_else(|report| panic!("{report}")).format().clone()
}

/// The toy with a replacement.
fn toy_with(from: &str, to: &str) -> Format {
    let text = toy();
    assert!(text.contains(from), "{from}");
    read(&text.replacen(from, to, 1))
}

fn layout<'f>(format: &'f Format, kind: &str, level: &str) -> &'f Layout {
    let kind = format.kinds.iter().find(|other| other.name == kind).unwrap();
    kind.layouts.iter().find(|layout| format.level(layout.level).name == level).unwrap()
}

fn field<'f>(layout: &'f Layout, bits: &str) -> &'f Field {
    layout.fields.iter().find(|field| field.bits.to_string() == bits).unwrap()
}

#[test]
fn every_whole_file_of_the_documentation_is_a_format() {
    let whole: Vec<String> = examples().into_iter().filter(|example| example.starts_with("format:")).collect();
    assert!(!whole.is_empty());
    for example in &whole {
        let load = |name: &str| if name == "toy.yaml" { Ok(toy()) } else { no_other(name) };
        from_yaml("test.yaml", example, &load).unwrap_or_else(|report| panic!("{report}"));
    }
}

#[test]
fn the_toy_means_what_its_documentation_says() {
    let toy = read(&toy());
    assert_eq!((toy.name.as_str(), toy.checked_by.as_deref()), ("toy", Some("an emulator")));
    assert_eq!((toy.input.bits, toy.input.sign_extended), (32, false));
    assert_eq!((toy.output.bits, toy.output.at_most), (36, true));
    let levels: Vec<_> =
        toy.levels.iter().map(|level| (level.name.as_str(), level.index.high, level.index.low)).collect();
    assert_eq!(levels, [("DIR", 31, 22), ("TAB", 21, 12)]);
    for level in &toy.levels {
        assert_eq!(
            (level.entry_bits, level.endian, level.table_bytes, level.align_bytes),
            (32, Endian::Little, 4096, 4096)
        );
    }
    assert_eq!(toy.roots.iter().map(|root| root.0).collect::<Vec<_>>(), [0]);

    let classes: Vec<_> = toy.kinds.iter().map(|kind| (kind.name.as_str(), kind.class)).collect();
    assert_eq!(classes, [("absent", Class::Absent), ("table", Class::Table), ("page", Class::Page)]);
    assert_eq!(layout(&toy, "absent", "TAB").fields.len(), 2);
    assert!(layout(&toy, "absent", "DIR").matches.fits(0xffff_fffe));

    let table = layout(&toy, "table", "DIR");
    assert_eq!(table.children.iter().map(|child| child.level.0).collect::<Vec<_>>(), [1]);
    assert_eq!(
        field(table, "31:8").role,
        Role::Address { target: Target::Table(0), output: BitRange::new(35, 12).unwrap() }
    );
    assert_eq!(field(table, "7:1").role, Role::Zero);

    let page = layout(&toy, "page", "TAB");
    assert_eq!((page.run, page.reach_bits), (None, 36));
    assert!(field(page, "3").hardware && !field(page, "1").hardware);
    let write = Meaning::from_name("write").unwrap();
    assert_eq!(field(page, "1").role, Role::Setting { meaning: write, negative: true, codes: None, part: None });
    assert_eq!(field(page, "0").role, Role::Constant(1));

    let rules = &toy.maintenance;
    assert_eq!(rules.caches, Caches { absent: false, table: true, page: true });
    assert_eq!((rules.flush, rules.replace, rules.walker), (Flush::Page, Replace::InPlace, Walker::Coherent));
    assert!(rules.reload.is_empty());
}

#[test]
fn a_level_may_differ_from_the_others() {
    let format = toy_with("- 31:22  DIR", "- 31:22  DIR, big-endian, aligned 16K, table 8K");
    let level = &format.levels[0];
    assert_eq!((level.endian, level.table_bytes, level.align_bytes), (Endian::Big, 8192, 16384));
    assert_eq!(format.levels[1].endian, Endian::Little);
}

#[test]
fn like_takes_the_rows_that_the_own_rows_leave_alone() {
    let text = toy().replace("tlb:", "  other:\n    at: [TAB]\n    like: page\n    bits:\n      - 7      X    = 1\n      - 6:4         free = 5\n\ntlb:");
    let format = read(&text.replace("- 7:4         zero", "- 7      X    = 0\n      - 6:4         zero"));
    let other = layout(&format, "other", "TAB");
    let bits: Vec<_> = other.fields.iter().map(|field| field.bits.to_string()).collect();
    assert_eq!(bits, ["31:8", "7", "6:4", "3", "2", "1", "0"]);
    assert_eq!(field(other, "6:4").role, Role::Free { fill: 5 });
    assert_eq!(other.skeleton(), 0xd1);
}

#[test]
fn a_row_holds_only_at_its_levels() {
    let text = toy()
        .replace("    at: [TAB]", "    at: [DIR, TAB]")
        .replace(
            "- 31:8   ADDR page[35:12]",
            "- 31:18  ADDR page[35:22] at DIR\n      - 17:8        zero at DIR\n      - 31:8   ADDR page[35:12] at TAB",
        )
        .replace(
            "- 7:4         zero",
            "- 7      PS   = 1 at DIR\n      - 7           zero at TAB\n      - 6:4         zero",
        )
        .replace("- 7:1         zero", "- 7      PS   = 0\n      - 6:1         zero");
    let format = read(&text);
    assert_eq!(field(layout(&format, "page", "DIR"), "7").role, Role::Constant(1));
    assert_eq!(field(layout(&format, "page", "TAB"), "7").role, Role::Zero);
}

#[test]
fn conditions_and_constants_together_say_which_words_are_of_a_kind() {
    let when = |condition: &str| {
        let wanted = format!("at: [TAB]\n    when: {condition}\n    bits");
        let text = toy().replace("at: [TAB]\n    bits", &wanted);
        layout(&read(&text), "page", "TAB").matches.clone()
    };
    // Bits: D 3, A 2, RO 1, V 0.
    let brute = |condition: &str, wanted: fn(bool, bool, bool) -> bool| {
        let matches = when(condition);
        for word in 0..16u128 {
            let bit = |number: u32| word >> number & 1 == 1;
            let expected = bit(0) && wanted(bit(3), bit(2), bit(1));
            assert_eq!(matches.fits(word), expected, "{condition}: {word:04b}");
        }
    };
    brute("D", |d, _, _| d);
    brute("not D", |d, _, _| !d);
    brute("D = 0", |d, _, _| !d);
    brute("D != 0", |d, _, _| d);
    brute("D or A and not RO", |d, a, ro| d || (a && !ro));
    brute("(D or A) and not RO", |d, a, ro| (d || a) && !ro);
    brute("not (D or A)", |d, a, _| !(d || a));
    brute("not (D and A) and RO", |d, a, ro| !(d && a) && ro);
    brute("not not D", |d, _, _| d);
    brute("not D = 1 or RO", |d, _, ro| !d || ro);
    brute("V and (D or not (A or RO))", |d, a, ro| d || !(a || ro));
}

#[test]
fn comparisons_of_wide_fields_are_exact() {
    let text = toy()
        .replace("- 7:4         zero", "- 7:4    T    vendor.kind")
        .replace("at: [TAB]\n    bits", "at: [TAB]\n    when: T != 5\n    bits");
    let matches = layout(&read(&text), "page", "TAB").matches.clone();
    for value in 0..16u128 {
        assert_eq!(matches.fits(value << 4 | 1), value != 5, "{value}");
    }
}

#[test]
fn an_entry_may_lead_to_two_tables_at_once() {
    let format = read(DUAL);
    let tables = layout(&format, "tables", "DIR");
    let children: Vec<_> = tables.children.iter().map(|child| format.level(child.level).name.as_str()).collect();
    // In the order in which `present:` names them, whatever that of the rows.
    assert_eq!(children, ["BIG", "SMALL"]);
    for word in 0..16u128 {
        let (small, big) = (word >> 2, word & 3);
        let word = small << 32 | big;
        assert_eq!(tables.children[1].present.fits(word), small == 2, "{word:#x}");
        assert_eq!(tables.children[0].present.fits(word), big != 0, "{word:#x}");
        assert_eq!(tables.matches.fits(word), big != 0 || small == 2, "{word:#x}");
    }
    let output = |bits| match field(tables, bits).role {
        Role::Address { target, output } => (target, output),
        _ => panic!("{bits}"),
    };
    assert_eq!(output("63:44"), (Target::Table(1), BitRange::new(31, 12).unwrap()));
    assert_eq!(output("31:6"), (Target::Table(0), BitRange::new(31, 6).unwrap()));
}

#[test]
fn what_extends_another_replaces_name_by_name() {
    let base = toy();
    let load = |name: &str| if name == "toy.yaml" { Ok(base.clone()) } else { no_other(name) };
    let checked = from_yaml("two.yaml", NARROW, &load).unwrap_or_else(|report| panic!("{report}"));
    let format = checked.format();
    assert_eq!((format.name.as_str(), format.output.bits, format.output.at_most), ("toy_two", 34, false));
    assert_eq!(format.manual, "Toy Computer Manual, revision 3, section 2.1");
    assert_eq!(format.checked_by, None, "who has checked the other file has not checked this one");
    let names: Vec<_> = format.kinds.iter().map(|kind| kind.name.as_str()).collect();
    assert_eq!(names, ["absent", "table", "page"]);
    assert_eq!(field(layout(format, "page", "TAB"), "31:30").role, Role::Zero);
    assert!(field(layout(format, "page", "TAB"), "3").hardware);
    assert_eq!(format.maintenance.flush, Flush::Context);
    assert_eq!(format.maintenance.caches, Caches { absent: false, table: true, page: true });
}

#[test]
fn a_mistake_in_a_file_that_is_extended_is_shown_there() {
    let base = toy().replace("accessed [hw]", "acessed [hw]");
    let report = from_yaml("dir/two.yaml", "extends: toy.yaml\nformat: two\n", &|_| Ok(base.clone())).unwrap_err();
    let findings: Vec<_> = report.iter().collect();
    assert_eq!(findings.len(), 1, "{report}");
    let place = &findings[0].places[0];
    assert_eq!((findings[0].code, place.file, place.line), ("E0103", "dir/toy.yaml", 31));
    assert_eq!((place.column, place.end_line, place.end_column), (21, 31, 28));
}

#[test]
fn an_error_inside_quotes_is_pointed_at_and_one_in_folded_text_as_a_whole() {
    let quoted = toy().replace("- 2      A    accessed [hw]", "- \"2      A    acessed [hw]\"");
    let report = from_yaml("toy.yaml", &quoted, &no_other).unwrap_err();
    let findings: Vec<_> = report.iter().collect();
    assert_eq!((findings[0].places[0].column, findings[0].places[0].end_column), (22, 29), "{report}");
    let folded = toy().replace("- 2      A    accessed [hw]", "- 2      A\n           acessed [hw]");
    let report = from_yaml("toy.yaml", &folded, &no_other).unwrap_err();
    let findings: Vec<_> = report.iter().collect();
    assert_eq!((findings[0].places[0].column, findings[0].places[0].line), (9, 31), "{report}");
}

#[test]
fn a_file_that_is_not_there_is_one_finding() {
    let report = from_yaml_file("nowhere/toy.yaml").unwrap_err();
    let findings: Vec<_> = report.iter().collect();
    assert_eq!((findings.len(), findings[0].code), (1, "E0001"));
    assert!(report.render(false).starts_with("error[E0001]: cannot read `nowhere/toy.yaml`"), "{report}");
}

#[test]
fn line_ends_accents_and_a_byte_order_mark_do_not_move_places() {
    let wrong = toy().replace("accessed [hw]", "acessed [hw]");
    for text in
        [wrong.replace('\n', "\r\n"), format!("\u{feff}{wrong}"), wrong.replace("A two-level", "Una de dos níveles →")]
    {
        let report = from_yaml("toy.yaml", &text, &no_other).unwrap_err();
        let findings: Vec<_> = report.iter().collect();
        assert_eq!(findings.len(), 1, "{report}");
        let place = &findings[0].places[0];
        assert_eq!((findings[0].code, place.line, place.column, place.end_column), ("E0103", 31, 21, 28), "{report}");
    }
}

/// The example of this name in the documentation.
fn example(name: &str) -> Format {
    let text = examples().into_iter().find(|example| example.starts_with(&format!("format: {name}\n"))).unwrap();
    let load = |file: &str| if file == "toy.yaml" { Ok(toy()) } else { no_other(file) };
    from_yaml("test.yaml", &text, &load).unwrap_or_else(|report| panic!("{report}")).format().clone()
}

#[test]
fn a_size_coded_in_the_address_is_a_kind_for_each_size() {
    let format = example("toy_sized");
    let names: Vec<&str> = format.kinds.iter().map(|kind| kind.name.as_str()).collect();
    let sizes = ["8k", "16k", "32k", "64k", "128k", "256k", "512k", "1m", "2m"].map(|size| format!("run-{size}"));
    assert_eq!(names[3..], sizes);
    let sixteen = layout(&format, "run-16k", "TAB");
    assert_eq!(sixteen.run.map(|run| (run.items_lg2, run.own_address)), Some((2, false)));
    assert_eq!(format.page_lg2(sixteen), 14);
    // Bit 4 and V are set; of the address, which stands four bits below its place, bit 12 is one and bit 13 zero.
    assert_eq!((sixteen.matches.fits(0x111), sixteen.matches.fits(0x411)), (true, false));
    assert!(!sixteen.matches.fits(0x311) && !sixteen.matches.fits(0x011) && sixteen.matches.fits(0x511));
    let address: Vec<_> = sixteen.address_fields(Target::Page).collect();
    assert_eq!(address, [(BitRange::new(31, 10).unwrap(), BitRange::new(35, 14).unwrap())]);
}

#[test]
fn what_is_taken_out_stays_out_whoever_described_it() {
    let files = |name: &str| {
        match name {
        "toy.yaml" => Ok(toy()),
        "middle.yaml" => Ok("extends: toy.yaml\nformat: middle\nentries:\n  extra:\n    at: [DIR]\n    is: special\n    like: table\n    bits:\n      - 31:8 zero\n      - 7:1 zero\n      - 0 V = 1\n  table: none\n".to_owned()),
        _ => no_other(name),
    }
    };
    let text = "extends: middle.yaml\nformat: top\nentries:\n  page: none\n  extra: none\n";
    let report = from_yaml("top.yaml", text, &files).unwrap_err();
    let said: Vec<_> = report.iter().map(|finding| (finding.code, finding.message.to_owned())).collect();
    // Without tables and pages there is nothing to map, and no walk comes to the second level.
    assert!(said.iter().all(|(code, _)| ["E0231", "E0232"].contains(code)), "{said:?}");
    assert_eq!(said.len(), 3, "{said:?}");
}

#[test]
fn a_kind_may_differ_from_the_one_it_replaces_in_each_of_several_files() {
    let page = |row: &str| format!("  page:\n    at: [TAB]\n    like: page\n    bits:\n      - {row}\n");
    let middle = format!("extends: toy.yaml\nformat: middle\nentries:\n{}", page("7:6 zero"));
    let middle = format!("{middle}      - 5:4 K key\n");
    let files = |name: &str| match name {
        "toy.yaml" => Ok(toy()),
        "middle.yaml" => Ok(middle.clone()),
        _ => no_other(name),
    };
    let top = format!("extends: middle.yaml\nformat: top\nentries:\n{}", page("7:6 M memory-type"));
    let checked = from_yaml("top.yaml", &top, &files).unwrap_or_else(|report| panic!("{report}"));
    let page = layout(checked.format(), "page", "TAB");
    let names: Vec<&str> = page.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["ADDR", "M", "K", "D", "A", "RO", "V"]);
}
