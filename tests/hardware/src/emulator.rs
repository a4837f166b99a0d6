//! Starting and ending an emulator.
#![allow(unsafe_code)]

use std::ffi::CStr;
use std::fs::{self, File};
use std::mem::MaybeUninit;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::error::{Error, Result};
use crate::gdb::{Gdb, Order};
use crate::memory::{Memory, Window};
use crate::qmp::Qmp;
use crate::qtest::Qtest;

/// How long an emulator may take to start, and to answer one request.
const PATIENCE: Duration = Duration::from_secs(20);

/// What to start.
#[derive(Clone, Debug)]
pub struct Machine<'a> {
    /// The program.
    pub binary: &'a str,
    /// The machine type with its options.
    pub machine: &'a str,
    /// Other arguments.
    pub arguments: &'a [&'a str],
    /// Guest memory.
    pub windows: &'a [Window],
    /// What is given to `-bios`, unless empty.
    pub firmware: &'a [u8],
    /// Whether the processor waits for the debug stub, and in which order that sends bytes.
    pub debug: Option<Order>,
    /// Whether to open the test protocol; virtual time then jumps to the next timer whenever the processor waits.
    pub test: bool,
}

/// A running emulator; it ends when this is dropped, and with the thread that started it.
#[derive(Debug)]
pub struct Emulator {
    memory: Arc<Memory>,
    qmp: Qmp,
    gdb: Option<Gdb>,
    qtest: Option<Qtest>,
    child: Running,
}

/// The process and its directory.
#[derive(Debug)]
struct Running {
    child: Child,
    directory: TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        // What it said on its way out is the only trace of an emulator that gave up.
        let said = fs::read_to_string(self.file("output")).unwrap_or_default();
        if said.contains("fatal") || said.contains("Assertion") {
            eprintln!("an emulator gave up: {said}");
        }
        // Where it cannot be killed, it has just ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Connects to a socket of the emulator as soon as it is there.
    fn connect(&mut self, name: &str) -> Result<UnixStream> {
        let path = self.file(name);
        let start = Instant::now();
        loop {
            if let Ok(stream) = UnixStream::connect(&path) {
                stream.set_read_timeout(Some(PATIENCE))?;
                return Ok(stream);
            }
            if self.child.try_wait()?.is_some() || start.elapsed() > PATIENCE {
                let said = fs::read_to_string(self.file("output")).unwrap_or_default();
                return Err(Error::new(format!("the emulator does not answer at {name}: {said}")));
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// A directory for guest memory and sockets: in memory where there is room, because guests touch pages all over theirs.
fn directory() -> Result<TempDir> {
    const SHARED_MEMORY: &CStr = c"/dev/shm";
    const ENOUGH_BYTES: u64 = 2 << 30;
    let mut about = MaybeUninit::<libc::statvfs>::zeroed();
    // SAFETY: the path ends in a zero byte, and the structure is writable.
    let known = unsafe { libc::statvfs(SHARED_MEMORY.as_ptr(), about.as_mut_ptr()) } == 0;
    // SAFETY: all zero is a value of this structure of integers, and otherwise the call has filled it in.
    let about = unsafe { about.assume_init() };
    let prefix = "gpt-hardware-";
    Ok(match SHARED_MEMORY.to_str() {
        Ok(path) if known && about.f_bavail.saturating_mul(about.f_frsize) >= ENOUGH_BYTES => {
            TempDir::with_prefix_in(prefix, path).or_else(|_| TempDir::with_prefix(prefix))?
        }
        _ => TempDir::with_prefix(prefix)?,
    })
}

impl Machine<'_> {
    fn command(&self, directory: &Path) -> Result<Command> {
        let path = |name: &str| directory.join(name).display().to_string();
        let bytes: u64 = self.windows.iter().map(|window| window.bytes).sum();
        let mut command = Command::new(self.binary);
        command
            .args(["-nodefaults", "-display", "none", "-accel", "tcg"])
            .args(["-m", &format!("{}M", bytes >> 20)])
            .args(["-object", &format!("memory-backend-file,id=ram0,size={bytes},mem-path={},share=on", path("ram"))])
            .args(["-machine", &format!("{},memory-backend=ram0", self.machine)])
            .args(["-qmp", &format!("unix:{},server=on,wait=off", path("qmp"))]);
        if !self.firmware.is_empty() {
            fs::write(path("firmware"), self.firmware)?;
            command.args(["-bios", &path("firmware")]);
        }
        if self.debug.is_some() {
            let socket = format!("socket,id=g0,path={},server=on,wait=off", path("gdb"));
            command.args(["-S", "-chardev", &socket, "-gdb", "chardev:g0"]);
        }
        if self.test {
            let socket = format!("unix:{},server=on,wait=off", path("qtest"));
            command.args(["-icount", "shift=0,sleep=off", "-qtest", &socket, "-qtest-log", "/dev/null"]);
        }
        let output = File::create(path("output"))?;
        command.args(self.arguments).stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        // SAFETY: `prctl` with these arguments is safe to call between fork and exec.
        let end_with_us = || match unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) } {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        };
        // SAFETY: the closure does nothing but the system call.
        unsafe { command.pre_exec(end_with_us) };
        Ok(command)
    }

    /// Starts the emulator and connects to it.
    ///
    /// # Errors
    /// Where it cannot be started, or does not answer; what it printed is in the text.
    pub fn start(&self) -> Result<Emulator> {
        let directory = directory()?;
        let memory = Arc::new(Memory::create(&directory.path().join("ram"), self.windows)?);
        let child = self.command(directory.path())?.spawn()?;
        let mut child = Running { child, directory };
        let qmp = Qmp::new(child.connect("qmp")?)?;
        let gdb = self.debug.map(|order| Gdb::new(child.connect("gdb")?, order)).transpose()?;
        let qtest = if self.test { Some(Qtest::new(child.connect("qtest")?)?) } else { None };
        Ok(Emulator { memory, qmp, gdb, qtest, child })
    }
}

impl Emulator {
    /// Guest memory.
    pub fn memory(&self) -> &Arc<Memory> {
        &self.memory
    }

    /// The machine protocol; registers are written before.
    ///
    /// # Errors
    /// Where a register could not be written.
    pub fn qmp(&mut self) -> Result<&mut Qmp> {
        self.gdb.as_mut().map_or(Ok(()), Gdb::flush)?;
        Ok(&mut self.qmp)
    }

    /// The debug stub.
    ///
    /// # Errors
    /// Where the emulator was started without.
    pub fn gdb(&mut self) -> Result<&mut Gdb> {
        self.gdb.as_mut().ok_or_else(|| Error::new("the emulator was started without a debug stub"))
    }

    /// The test protocol.
    ///
    /// # Errors
    /// Where the emulator was started without.
    pub fn qtest(&mut self) -> Result<&mut Qtest> {
        self.qtest.as_mut().ok_or_else(|| Error::new("the emulator was started without the test protocol"))
    }

    /// What the emulator printed so far.
    pub fn printed(&self) -> String {
        fs::read_to_string(self.child.file("output")).unwrap_or_default()
    }
}
