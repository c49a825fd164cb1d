//! Hyperscan, or Vectorscan, as the system has it: loaded at run time, since neither is needed for anything else.

#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_uint, c_ulonglong, c_void};
use std::ptr;

type Compile = unsafe extern "C" fn(
    *const *const c_char,
    *const c_uint,
    *const c_uint,
    *const usize,
    c_uint,
    c_uint,
    *const c_void,
    *mut *mut c_void,
    *mut *mut c_void,
) -> c_int;
type Allocate = unsafe extern "C" fn(*mut c_void, *mut *mut c_void) -> c_int;
type OnMatch = extern "C" fn(c_uint, c_ulonglong, c_ulonglong, c_uint, *mut c_void) -> c_int;
type Scan =
    unsafe extern "C" fn(*mut c_void, *const c_char, c_uint, c_uint, *mut c_void, OnMatch, *mut c_void) -> c_int;

const MODE_BLOCK: c_uint = 1;

pub struct Library {
    compile: Compile,
    allocate: Allocate,
    scan: Scan,
    /// Last, so that it is closed last.
    _library: libloading::Library,
}

/// Freed with the process.
pub struct Database {
    database: *mut c_void,
    scratch: *mut c_void,
    scan: Scan,
}

impl Library {
    /// `None` if the library is not installed.
    pub fn open() -> Option<Library> {
        // SAFETY: the functions are those of the library's documentation, with the types that it gives them.
        unsafe {
            let library = libloading::Library::new("libhs.so.5").ok()?;
            let compile = *library.get::<Compile>(b"hs_compile_lit_multi\0").ok()?;
            let allocate = *library.get::<Allocate>(b"hs_alloc_scratch\0").ok()?;
            let scan = *library.get::<Scan>(b"hs_scan\0").ok()?;
            Some(Library { compile, allocate, scan, _library: library })
        }
    }

    pub fn compile(&self, phrases: &[&str]) -> Option<Database> {
        let starts: Vec<*const c_char> = phrases.iter().map(|phrase| phrase.as_ptr().cast()).collect();
        let lengths: Vec<usize> = phrases.iter().map(|phrase| phrase.len()).collect();
        let flags = vec![0; phrases.len()];
        let ids: Vec<c_uint> = (0..phrases.len() as c_uint).collect();
        let (mut database, mut error, mut scratch) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        // SAFETY: all arrays have as many elements as the count says, and live until the call returns.
        unsafe {
            let count = phrases.len() as c_uint;
            let (starts, flags, ids, lengths) = (starts.as_ptr(), flags.as_ptr(), ids.as_ptr(), lengths.as_ptr());
            let built =
                (self.compile)(starts, flags, ids, lengths, count, MODE_BLOCK, ptr::null(), &mut database, &mut error);
            if built != 0 || (self.allocate)(database, &mut scratch) != 0 {
                eprintln!("Hyperscan refuses these phrases");
                return None;
            }
        }
        Some(Database { database, scratch, scan: self.scan })
    }
}

extern "C" fn count(_: c_uint, _: c_ulonglong, _: c_ulonglong, _: c_uint, context: *mut c_void) -> c_int {
    // SAFETY: the context is the counter that `Database::count` gives.
    unsafe { *context.cast::<usize>() += 1 };
    0
}

impl Database {
    pub fn count(&self, text: &[u8]) -> usize {
        let mut found = 0usize;
        // SAFETY: the text is as long as said, and the counter outlives the call.
        let done = unsafe {
            let (start, length) = (text.as_ptr().cast(), text.len() as c_uint);
            (self.scan)(self.database, start, length, 0, self.scratch, count, (&raw mut found).cast())
        };
        assert_eq!(done, 0, "Hyperscan failed");
        found
    }
}
