// Rust needs nothing but the functions that the header declares.
use std::os::raw::{c_char, c_void};

#[repr(C)]
struct Out {
    words: i32, truncated: i32, logits: *mut f32, embedding: *mut f32, rules: *mut i32, tags: *mut f32,
    offsets: *mut i32, experts: *mut i32,
}

extern "C" {
    static model: u8;
    static model_size: usize;
    fn nl_open(opened: *mut c_void, blob: *const u8, size: usize) -> i32;
    fn nl_labels(opened: *const c_void) -> i32;
    fn nl_max_words(opened: *const c_void) -> i32;
    fn nl_scratch(opened: *const c_void, words: i32) -> usize;
    fn nl_run(opened: *const c_void, text: *const u8, size: usize, state: *mut c_void, out: *mut Out,
              scratch: *mut u64, scratch_size: usize) -> i32;
    fn nl_best(opened: *const c_void, logits: *const f32) -> i32;
    fn nl_label(opened: *const c_void, label: i32, size: *mut usize) -> *const c_char;
}

fn main() {
    let mut room = [0u64; 512]; // nl_model, which takes less than 4,096 bytes
    let opened = room.as_mut_ptr() as *mut c_void;
    unsafe {
        assert_eq!(nl_open(opened, &model, model_size), 0);
        let mut logits = vec![0f32; nl_labels(opened) as usize];
        let mut scratch = vec![0u64; nl_scratch(opened, nl_max_words(opened)) / 8];
        for text in std::env::args().skip(1) {
            let mut out: Out = std::mem::zeroed(); // what is not asked for is NULL
            out.logits = logits.as_mut_ptr();
            let (at, size) = (scratch.as_mut_ptr(), 8 * scratch.len());
            assert_eq!(nl_run(opened, text.as_ptr(), text.len(), std::ptr::null_mut(), &mut out, at, size), 0);
            let (best, mut length) = (nl_best(opened, logits.as_ptr()), 0);
            let name = nl_label(opened, best, &mut length) as *const u8;
            let label = String::from_utf8_lossy(std::slice::from_raw_parts(name, length));
            println!("{best} {:08x} {label}", logits[0].to_bits());
        }
    }
}
