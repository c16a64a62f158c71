//! Code that must not be in the engine, one example of each sort.

/// A lint, and code that it must refuse as the body of a function.
type Offence = (&'static str, &'static str);

const METHOD: &str = "clippy::disallowed_methods";
const TYPE: &str = "clippy::disallowed_types";
const MACRO: &str = "clippy::disallowed_macros";

pub const OFFENCES: &[Offence] = &[
    // Floats: `exp` and similar functions come from the C library of the host.
    ("clippy::float_arithmetic", "let (a, b) = (1.5, 2.5); let _ = a * b;"),
    (TYPE, "let _: f64 = 1.5;"),
    (TYPE, "let _: f32 = 1.5;"),
    (TYPE, "let _ = u32::MAX.leading_zeros() as f64;"),
    (TYPE, "let _ = \"1.5\".parse::<f64>();"),
    (METHOD, "let _ = 2.0_f64.exp();"),
    (METHOD, "let _ = 2.0_f64.ln();"),
    (METHOD, "let _ = 2.0_f64.powf(0.5);"),
    (METHOD, "let _ = 2.0_f64.powi(3);"),
    (METHOD, "let _ = 2.0_f64.sqrt();"),
    (METHOD, "let _ = 2.0_f64.mul_add(2.0, 1.0);"),
    (METHOD, "let _ = 2.0_f64.sin();"),
    (METHOD, "let _ = 2.0_f64.to_bits();"),
    (METHOD, "let _ = 2.0_f32.exp();"),
    // Hash maps, whose order depends on random seeds.
    (TYPE, "let _ = std::collections::HashMap::<u8, u8>::new();"),
    (TYPE, "let _ = std::collections::HashSet::<u8>::new();"),
    (TYPE, "let _ = std::hash::RandomState::new();"),
    (TYPE, "let _ = std::hash::DefaultHasher::new();"),
    // Clocks.
    (TYPE, "let _ = std::time::SystemTime::now();"),
    (TYPE, "let _ = std::time::Instant::now();"),
    // Environment.
    (METHOD, "let _ = std::env::var(\"LANG\");"),
    (METHOD, "let _ = std::env::var_os(\"LANG\");"),
    (METHOD, "let _ = std::env::vars_os().next();"),
    (METHOD, "let _ = std::env::args_os().next();"),
    (METHOD, "let _ = std::env::current_dir();"),
    (METHOD, "let _ = std::env::temp_dir();"),
    (METHOD, "let _ = std::env::current_exe();"),
    // Files, sockets, processes.
    (METHOD, "let _ = std::fs::read(\"a\");"),
    (METHOD, "let _ = std::fs::read_to_string(\"a\");"),
    (METHOD, "let _ = std::fs::write(\"a\", \"b\");"),
    (METHOD, "let _ = std::fs::read_dir(\"a\");"),
    (TYPE, "let _ = std::fs::File::open(\"a\");"),
    (METHOD, "let _ = std::path::Path::new(\"a\").exists();"),
    (METHOD, "let _ = std::path::Path::new(\"a\").canonicalize();"),
    (TYPE, "let _ = std::net::TcpStream::connect(\"a:1\");"),
    (TYPE, "let _ = std::net::UdpSocket::bind(\"a:1\");"),
    (TYPE, "let _ = std::process::Command::new(\"a\");"),
    (METHOD, "let _ = std::process::id();"),
    (METHOD, "std::process::exit(1);"),
    (METHOD, "let _ = std::io::stdin();"),
    (METHOD, "let _ = std::io::stdout();"),
    // Threads and what depends on them.
    (METHOD, "std::thread::spawn(|| ());"),
    (METHOD, "std::thread::scope(|_| ());"),
    (METHOD, "std::thread::sleep(std::time::Duration::ZERO);"),
    (METHOD, "let _ = std::thread::current();"),
    (METHOD, "let _ = std::thread::available_parallelism();"),
    (MACRO, "thread_local! { static A: u8 = const { 1 } }"),
    // Addresses, and the width of `usize`.
    ("clippy::pointer_format", "let _ = format!(\"{:p}\", &1_u8);"),
    (METHOD, "let _ = std::rc::Rc::as_ptr(&std::rc::Rc::new(1_u8));"),
    (METHOD, "let _ = [1_u8].as_ptr();"),
    (METHOD, "let _ = \"a\".as_ptr();"),
    ("clippy::as_conversions", "let _ = \"a\".len() as u64;"),
    ("clippy::as_conversions", "let _ = std::ptr::from_ref(&1_u8) as usize;"),
    ("clippy::cast_possible_truncation", "let a = u64::MAX; let _ = a as usize;"),
    (METHOD, "let _ = 1_usize.to_le_bytes();"),
    // Unstable sorts, whose order of equal elements depends on their size in memory.
    (METHOD, "[(1, 2)].sort_unstable_by_key(|a| a.0);"),
    (METHOD, "[(1, 2)].sort_unstable_by(|a, b| a.0.cmp(&b.0));"),
    (METHOD, "[1].select_nth_unstable(0);"),
    // Unicode tables and texts of the compiler, which change with its version.
    (METHOD, "let _ = \"É\".to_lowercase();"),
    (METHOD, "let _ = \" a\".trim();"),
    (METHOD, "let _ = 'é'.is_alphabetic();"),
    (METHOD, "let _ = \"é\".escape_debug();"),
    (METHOD, "let _ = std::any::type_name::<u8>();"),
    (MACRO, "let _ = option_env!(\"LANG\");"),
    // Memory, output, traps.
    ("unsafe_code", "let a = 1_u8; let _ = unsafe { *std::ptr::from_ref(&a) };"),
    ("clippy::print_stdout", "println!(\"a\");"),
    ("clippy::print_stderr", "eprintln!(\"a\");"),
    ("clippy::unwrap_used", "let _ = \"1\".parse::<u8>().unwrap();"),
    ("clippy::expect_used", "let _ = \"1\".parse::<u8>().expect(\"a\");"),
    ("clippy::panic", "panic!(\"a\");"),
    ("clippy::indexing_slicing", "let a = vec![1]; let _ = a[0];"),
];
