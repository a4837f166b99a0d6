//! Small formats for what no single real one has.

/// One 128-bit entry with two children, like a GPU's: 64 KiB pages go before the 4 KiB pages under them.
pub(crate) const PAIR: &str = "
format: pair
about:  Two tables under one entry
manual: none
va:    32 bits
pa:    40 bits
entry: 64 bits, little-endian
levels:
  - 31:30  TOP
  - 29:21  DIR, entry 128 bits
  - 20:16  BIG
  - 20:12  SMALL
entries:
  absent:
    at: [TOP, DIR, BIG, SMALL]
    bits:
      - 127:66      zero at DIR
      - 65:64  S    = 0 at DIR
      - 63:2        zero
      - 1:0    T    = 0
  sparse:
    at: [BIG, SMALL]
    bits:
      - 63:2        zero
      - 1:0    T    = 2
  table:
    at: [TOP]
    bits:
      - 63:40       zero
      - 39:13  ADDR table[39:13]
      - 12:3        zero
      - 2      RO   not write
      - 1:0    T    = 1
  pair:
    at: [DIR]
    when: (B = 1 or S = 1) and B != 3 and B != 2 and S != 3 and S != 2
    present:
      BIG:   B = 1
      SMALL: S = 1
    bits:
      - 127:104     zero
      - 103:76 LOW  table SMALL[39:12]
      - 75:66       zero
      - 65:64  S    vendor.small
      - 63:40       zero
      - 39:8   HIGH table BIG[39:8]
      - 7:2         zero
      - 1:0    B    vendor.big
  page-2m:
    at: [DIR]
    bits:
      - 127:64      zero
      - 63:40       zero
      - 39:21  ADDR page
      - 20:3        zero
      - 2      RO   not write
      - 1:0    T    = 3
  page-64k:
    at: [BIG]
    bits:
      - 63:40       zero
      - 39:16  ADDR page
      - 15:3        zero
      - 2      RO   not write
      - 1:0    T    = 1
  page-4k:
    at: [SMALL]
    bits:
      - 63:40       zero
      - 39:12  ADDR page
      - 11:3        zero
      - 2      RO   not write
      - 1:0    T    = 1
";

/// The full 64-bit input space, entries of 64 and 128 bits in both byte orders, a scattered address, runs of both sorts,
/// a negative valid bit and codes that grant permissions.
pub(crate) const WIDE: &str = "
format: wide
about:  Everything at once
manual: none
va:    64 bits
pa:    64 bits
entry: 64 bits, little-endian
levels:
  - 63:52  ROOT, entry 128 bits, big-endian
  - 51:40  UP, entry 128 bits
  - 39:26  MID, big-endian, aligned 64K
  - 25:12  LEAF, little-endian
entries:
  absent:
    at: [MID, LEAF]
    bits:
      - 63     I    = 1
      - 62:0        free = 0x5a
  nothing:
    at: [ROOT, UP]
    is: absent
    bits:
      - 127    I    = 1
      - 126:0       free
  swapped:
    at: [LEAF]
    bits:
      - 63:62  IK   = 1
      - 61:0   SLOT payload
  top:
    at: [ROOT, UP]
    bits:
      - 127    I    = 0
      - 126:64      zero
      - 63:16  ADDR table[63:16]
      - 15:0        zero
  table:
    at: [MID]
    bits:
      - 63:61  IK   = 1
      - 60:47       zero
      - 46:35  HIGH table[63:52]
      - 34:0   LOW  table[51:17]
  page-64m:
    at: [MID]
    bits:
      - 63:61  IK   = 0
      - 60:58  AP   vendor.ap as ap
      - 57:38       zero
      - 37:0   ADDR page[63:26]
  page-4k:
    at: [LEAF]
    bits:
      - 63:61  IK   = 0
      - 60:58  AP   vendor.ap as ap
      - 57:54  RUN  = 0
      - 53:52       zero
      - 51:0   ADDR page[63:12]
  page-32k:
    at: [LEAF]
    like: page-4k
    run: 8 items, own addresses
    bits:
      - 57:54  RUN  = 1
  page-1m:
    at: [LEAF]
    like: page-4k
    run: 256 items, same address
    bits:
      - 57:54  RUN  = 2
      - 51:8   ADDR page[63:20]
      - 7:0         zero
codes:
  ap:
    - 0  none
    - 1  ro  read
    - 2  rw  read write
    - 3  rx  read execute
    - 4  four
    - 5  five
    - 6  six
    - 7  all read write execute
";
