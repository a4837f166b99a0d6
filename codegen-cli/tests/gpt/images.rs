//! `image`, `walk` and `dump`: contract C15.

use std::fs;

use serde_json::json;

use super::{directory, file, gpt, gpt_with, keys};

#[test]
fn an_image_is_described_walked_and_dumped() {
    let directory = directory("image");
    let out = directory.join("tables.bin");
    let out = out.to_str().unwrap();
    let maps = "--map 0x400000:2G:64K:write,user --map 0xffff800000000000:0x40000000:1G";
    let made = gpt(&format!("image x86_64 --base 1M {maps} --out {out} --json")).json();
    assert_eq!(keys(&made), ["format", "base", "root", "root_level", "bytes"]);
    // Root, PDPT, PD and PT below, PDPT above.
    assert_eq!(
        made,
        json!({
            "format": "x86_64", "base": "0x100000", "root": "0x100000", "root_level": "PML4", "bytes": 5 * 4096
        })
    );
    assert_eq!(fs::read(out).unwrap().len(), 5 * 4096);

    let memory = format!("--image {out} --base 1M --root 0x100000");
    let walks = gpt(&format!("walk x86_64 {memory} --json 0x400123 0x123 0x800000000000")).json();
    let wanted = ["va", "oa", "page", "attributes", "fault", "steps"];
    assert!(walks.as_array().unwrap().iter().all(|walk| keys(walk) == wanted));
    let found = &walks[0];
    assert_eq!(
        (&found["va"], &found["oa"], &found["page"]),
        (&"0x400123".into(), &"0x80000123".into(), &"0x1000".into())
    );
    assert!(found["fault"].is_null());
    assert_eq!(found["attributes"]["write"], true);
    assert_eq!((&found["attributes"]["user"], &found["attributes"]["execute"]), (&true.into(), &false.into()));
    assert_eq!(keys(&found["steps"][0]), ["level", "table", "index", "entry", "kind"]);
    assert_eq!(
        found["steps"][0],
        json!({
            "level": "PML4", "table": "0x100000", "index": 0, "entry": "0x101007", "kind": "table"
        })
    );
    assert_eq!(found["steps"][3]["entry"], "0x8000000080000007");
    let absent = &walks[1];
    assert!(absent["oa"].is_null() && absent["page"].is_null());
    assert_eq!(absent["fault"], "entry 0 of the PD table at 0x102000 is absent");
    assert_eq!((absent["steps"].as_array().unwrap().len(), &absent["steps"][2]["kind"]), (3, &"absent".into()));
    assert_eq!(walks[2]["fault"], "not an input address: bits 63:48 must repeat bit 47");

    let runs = gpt(&format!("dump x86_64 {memory} --json")).json();
    assert!(runs.as_array().unwrap().iter().all(|run| keys(run) == ["va", "oa", "bytes", "attributes"]));
    let short = |run: &serde_json::Value| (run["va"].clone(), run["oa"].clone(), run["bytes"].clone());
    assert_eq!(short(&runs[0]), ("0x400000".into(), "0x80000000".into(), 65536.into()));
    assert_eq!(short(&runs[1]), ("0xffff800000000000".into(), "0x40000000".into(), (1 << 30).into()));
    assert_eq!(runs[0]["attributes"], found["attributes"]);

    let text = gpt(&format!("walk x86_64 {memory} 0x400123")).ok();
    assert!(
        text.starts_with("0x400123 -> 0x80000123  4K page  user write\n  PML4  table 0x100000  index 0  "),
        "{text}"
    );
    let text = gpt(&format!("dump x86_64 {memory}")).ok();
    let first = "0x0000000000400000-0x000000000040ffff -> 0x0000000080000000    64K  user write\n";
    assert!(text.starts_with(first), "{text}");
}

#[test]
fn standard_streams_carry_images() {
    let made = super::Command::new(env!("CARGO_BIN_EXE_gpt"))
        .args("image sv39 --base 0x80000000 --map 0:0x80000000:1G --out -".split(' '))
        .output()
        .unwrap();
    assert!(made.status.success());
    assert_eq!(made.stdout.len(), 4096);
    assert_eq!(String::from_utf8(made.stderr).unwrap(), "sv39: 4096 bytes at 0x80000000, root VPN2 at 0x80000000\n");
    let runs = gpt_with("dump sv39 --image - --base 0x80000000 --root 0x80000000 --json", &made.stdout).json();
    assert_eq!((runs.as_array().unwrap().len(), &runs[0]["bytes"]), (1, &(1 << 30).into()));
    let said = gpt("image sv39 --base 0 --out - --json").fails();
    assert_eq!(said, "error: the image and the JSON cannot both go to standard output\n");
}

#[test]
fn image_says_which_map_is_wrong_and_writes_nothing() {
    let directory = directory("image-errors");
    let out = directory.join("none.bin");
    let said = |rest: &str| gpt(&format!("image x86_64 --base 1M --out {} {rest}", out.display())).fails();
    assert!(said("--map 0:0").contains("write VA:OA:LEN"));
    assert!(said("--map 0:0:x").contains("`x` is not a number"));
    assert!(said("--map 0x10000000000000000:0:4K").contains("larger than 64 bits"));
    let overlap =
        "error: --map 0x1000:0x0:0x1000: 0x1000 is mapped already, by entry 1 of the PT table at 0x103000, a page-4k\n";
    assert_eq!(said("--map 0:0:8K --map 4K:0:4K"), overlap);
    assert!(said("--map 0:0:0").contains("the length is zero"));
    assert!(said("--map 0xfffffffffffff000:0:8K").contains("reach past the last input address"));
    assert!(said("--map 0:0xffffffffff000:8K").contains("reach past the 52 bits of an output address"));
    assert!(said("--map 0:0x123:4K").contains("do not fit whole pages"));
    assert!(said("--map 0:0:4K:colour").contains("has no field `colour`"));
    assert!(said("--root-level PDPT").contains("cannot start at PDPT; it can at PML4"));
    assert!(!out.exists());
    let unwritable = gpt(&format!("image x86_64 --base 1M --out {}/no/such/file", directory.display())).fails();
    assert!(unwritable.contains("cannot write `") && unwritable.ends_with("no such file or directory\n"));
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
}

#[test]
fn a_hostile_image_is_a_fault_in_the_answer() {
    let directory = directory("hostile");
    let mut bytes = vec![0; 8192];
    bytes[0..8].copy_from_slice(&0x1007_u64.to_le_bytes());
    bytes[8..16].copy_from_slice(&0xdead_0007_u64.to_le_bytes());
    bytes[16..24].copy_from_slice(&0x87_u64.to_le_bytes());
    bytes[24..32].copy_from_slice(&0x2007_u64.to_le_bytes());
    let image = file(&directory, "bad.bin", &bytes);
    let memory = format!("--image {image} --base 0x1000 --root 0x1000");
    let vas = [0_u64, 1 << 39, 2 << 39, 3 << 39].map(|va| va.to_string()).join(" ");
    let walks = gpt(&format!("walk x86_64 {memory} --json {vas}")).json();
    let faults: Vec<&str> = walks.as_array().unwrap().iter().map(|walk| walk["fault"].as_str().unwrap()).collect();
    assert_eq!(
        faults,
        [
            "the PDPT table at 0x1000 leads back to itself: a loop",
            "entry 0 of the PDPT table at 0xdead0000 is outside the image",
            "entry 2 of the PML4 table at 0x1000 is malformed: no kind of entry at PML4 matches",
            "entry 0 of the PDPT table at 0x2000 is absent",
        ]
    );
    assert!(walks[2]["steps"][0]["kind"].is_null());
    let dumped = gpt(&format!("dump x86_64 {memory} --json"));
    assert_eq!((dumped.status, dumped.out.as_str()), (1, "[]\n"));
    assert!(dumped.err.starts_with("error: at 0x0: the PDPT table at 0x1000 leads back to itself: a loop\n"));
    assert_eq!(dumped.err.lines().count(), 3);
}

#[test]
fn random_and_odd_images_never_crash_a_command() {
    let directory = directory("random");
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    for (number, bytes) in [0, 1, 7, 4095, 20000].into_iter().enumerate() {
        let image = file(&directory, &format!("{number}.bin"), (0..bytes).map(|_| random()).collect::<Vec<u8>>());
        for format in ["x86_64", "arm64_4k", "powerpc_radix", "armv7_short"] {
            for base in ["0", "0xffffffffffffff00"] {
                let rest = format!("{format} --image {image} --base {base} --root {base}");
                let dumped = gpt(&format!("dump {rest}"));
                assert!(dumped.status < 2 && !dumped.err.contains("panicked"), "{}", dumped.err);
                let walked = gpt(&format!("walk {rest} 0 1 0x7fffffffffff 0xffffffffffffffff"));
                assert_eq!((walked.status, walked.err.as_str()), (0, ""));
            }
        }
    }
    let said = gpt("walk x86_64 --image /no/such --base 0 --root 0 0").fails();
    assert_eq!(said, "error: cannot read `/no/such`: no such file or directory\n");
}
