//! The page of `--report` in a browser: it is drawn and can be filtered, and nothing that spammers wrote runs in it.
//!
//! `DECHAFF_CHROMIUM` names the browser; without it, those of `BROWSERS` are tried. Where there is none the tests say so
//! and pass; with `DECHAFF_REQUIRE=1` they fail.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cli::{JUNK, dechaff, file, folder, run};
use crate::readers::not_checked;

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];
/// A page takes about a second.
const PATIENCE: Duration = Duration::from_secs(90);

const SLOTS: &str = "slot gacor | situs judi online | togel singapore";
const GENUINE: &str = "The parish council met on Monday evening. It talked about the old bridge by the mill.";

static BROWSER: LazyLock<Option<OsString>> = LazyLock::new(|| {
    let named = std::env::var_os("DECHAFF_CHROMIUM");
    let candidates = named.map_or_else(|| BROWSERS.map(OsString::from).to_vec(), |named| vec![named]);
    candidates.into_iter().find(|browser| Command::new(browser).arg("--version").output().is_ok())
});

/// The browser, or a word about its absence.
fn browser(test: &str) -> Option<&'static OsString> {
    if BROWSER.is_none() {
        not_checked(
            &format!("browser::{test}"),
            "no chromium: apt-get install chromium, or DECHAFF_CHROMIUM=its/path; then cargo test browser",
        );
    }
    BROWSER.as_ref()
}

/// Whom hostile text asks to be loaded from. It counts who calls, and hangs up.
struct Host {
    address: String,
    calls: Arc<AtomicUsize>,
}

impl Host {
    fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        std::thread::spawn(move || {
            for _ in listener.incoming() {
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        Self { address, calls }
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }
}

/// What a page must show as text. Each would write to the console, change the title or call the host.
fn hostile(host: &str) -> Vec<String> {
    let act = format!("document.title='taken';console.log('ran');fetch('http://{host}/ran')");
    vec![
        format!("<script>{act}</script>"),
        format!("</script><script>{act}</script><!--"),
        format!("<img src=http://{host}/img onerror=\"{act}\">"),
        format!("<svg/onload={act}>"),
        format!("\"'><iframe src=\"http://{host}/frame\"></iframe>"),
        format!("</style><style>@import url(http://{host}/style);</style>"),
        format!("<link rel=stylesheet href=http://{host}/link>"),
        format!("javascript:{act}"),
        "{{SCRIPT}} {{DATA}} &lt;b&gt; &amp; \\u003c \\".to_owned(),
        "<title>taken</title><base href=//taken.example/>".to_owned(),
        "a\u{202E}b\u{202C} \u{2066}c\u{2069}\u{200B}".to_owned(),
        "a\u{2028}b\u{2029}c".to_owned(),
    ]
}

/// A report on disk and what is in it.
struct Report {
    folder: TempDir,
    path: PathBuf,
    data: Value,
}

/// Cleans records that are hostile wherever they can be: file name, id, host, junk and the genuine text around it.
fn report(host: &Host) -> Report {
    let folder = folder();
    let mut rows =
        json!({"id": "ordinary", "url": "http://news.example/", "text": format!("{SLOTS}\n{GENUINE}")}).to_string();
    for (n, text) in hostile(&host.address).iter().enumerate() {
        for (junk, url) in [(SLOTS, format!("http://host{n}.example/{text}")), (JUNK, format!("http://{text}/"))] {
            let text = format!("{GENUINE} {text}\n{junk} | {text} | {junk}\n{text} {GENUINE}");
            rows.push_str(&format!("\n{}", json!({"id": text, "url": url, "text": text})));
        }
    }
    let source = file(folder.path(), "<img src=x onerror=console.log(1)>.jsonl", rows);
    let path = folder.path().join("report.html");
    let (_, err, code) = run(dechaff(&["clean", &source, "--report"]).arg(&path));
    assert_eq!((err.as_str(), code), ("", 0));
    let page = std::fs::read_to_string(&path).unwrap();
    let data = page.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
    let data = serde_json::from_str(data).unwrap();
    Report { folder, path, data }
}

/// A page as the browser left it.
struct Seen {
    /// The elements, written out.
    dom: String,
    /// What came to the console: violations of the policy, errors, failed loads.
    console: Vec<String>,
}

fn open(browser: &OsString, options: &[String], page: &Path) -> Seen {
    let temp = folder();
    let at = |name: &str| temp.path().join(name);
    let mut command = Command::new(browser);
    // Without a sandbox, because tests may be run by root; without virtual time a page would be left before its timers ran.
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-extensions", "--no-first-run"]);
    command.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
    command.args(["--virtual-time-budget=60000", "--enable-logging=stderr", "--v=0", "--dump-dom"]);
    command.arg(format!("--user-data-dir={}", at("profile").display())).args(options);
    command.arg(format!("file://{}", page.display())).stdin(Stdio::null());
    command.stdout(File::create(at("dom")).unwrap()).stderr(File::create(at("log")).unwrap());
    let mut child = command.spawn().unwrap();
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break Some(status);
        }
        if started.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            break None;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    let read = |name: &str| String::from_utf8_lossy(&std::fs::read(at(name)).unwrap()).into_owned();
    let log = read("log");
    assert!(status.is_some_and(|status| status.success()), "{}: {status:?}\n{log}", browser.display());
    let console = log.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
    Seen { dom: read("dom"), console }
}

/// How often an element of this name begins.
fn elements(dom: &str, name: &str) -> usize {
    dom.match_indices(&format!("<{name}"))
        .filter(|(at, tag)| dom[at + tag.len()..].starts_with(|next: char| !next.is_ascii_alphanumeric()))
        .count()
}

/// As a browser writes text out.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

const TITLE: &str = "<title>What dechaff cut</title>";

#[test]
fn hostile_text_is_shown_and_does_nothing() {
    let Some(browser) = browser("hostile_text_is_shown_and_does_nothing") else { return };
    let host = Host::new();
    let report = report(&host);
    let hostile = hostile(&host.address);
    assert!(report.data["examples"].as_array().unwrap().len() > 2 * hostile.len(), "not every record is an example");
    let Seen { dom, console } = open(browser, &[], &report.path);
    assert_eq!(console, Vec::<String>::new());
    assert_eq!(host.calls(), 0, "the page asked for something");
    assert!(dom.contains(TITLE), "the title was changed");
    let root = dom.split_once("<html").unwrap().1.split_once('>').unwrap().0;
    assert!(root.contains("data-ready=\"yes\""), "the page was not drawn");

    // The page's own, and no more.
    for (name, count) in [("script", 2), ("style", 1), ("title", 1), ("a", 1), ("input", 1)] {
        assert_eq!(elements(&dom, name), count, "<{name}>");
    }
    for name in ["img", "svg", "iframe", "frame", "object", "embed", "form", "link", "base", "video", "audio", "b"] {
        assert_eq!(elements(&dom, name), 0, "<{name}>");
    }
    let drawn = dom.split_once("<body").unwrap().1.split_once("<script type=\"application/json\"").unwrap().0;
    for text in hostile.iter().filter(|text| text.is_ascii()) {
        // Before the cut, in it twice, behind it, in the id: at least once where it stands whole.
        assert!(drawn.contains(&escaped(text)), "{text} is not shown");
    }
    for sign in ['\u{202E}', '\u{202C}', '\u{2066}', '\u{2069}', '\u{200B}', '\u{2028}', '\u{2029}'] {
        assert!(
            !drawn.contains(sign) && drawn.contains(&format!(">U+{:04X}<", sign as u32)),
            "{}",
            sign.escape_unicode()
        );
    }
}

/// Else the test above would be worth nothing: what it looks at has to tell when text gets out.
#[test]
fn text_that_got_out_would_be_noticed_and_the_policy_would_hold_it() {
    let Some(browser) = browser("text_that_got_out_would_be_noticed_and_the_policy_would_hold_it") else { return };
    let host = Host::new();
    let report = report(&host);
    let page = std::fs::read_to_string(&report.path).unwrap();
    let out = page.replacen("<header>", &format!("{}<header>", hostile(&host.address).concat()), 1);
    std::fs::write(&report.path, &out).unwrap();
    let held = open(browser, &[], &report.path);
    assert!(!held.console.is_empty() && elements(&held.dom, "img") > 0);
    assert!(held.dom.contains(TITLE), "the policy lets scripts run");
    assert_eq!(host.calls(), 0, "the policy lets pages be asked for");

    let (before, policy) = out.split_once("<meta http-equiv=\"Content-Security-Policy\"").unwrap();
    std::fs::write(&report.path, format!("{before}{}", policy.split_once('>').unwrap().1)).unwrap();
    let free = open(browser, &[], &report.path);
    assert!(free.console.iter().any(|line| line.contains("\"ran\"")), "{:?}", free.console);
    assert!(!free.dom.contains(TITLE) && host.calls() > 0);
}

/// Works the page in a frame as a reader does, and writes down how many examples are left after each step.
const READER: &str = r##"<!doctype html><meta charset="utf-8"><style>body { margin: 0 } iframe { border: 0; display: block }</style>
<iframe src="report.html" width="WIDTH" height="900"></iframe><output></output>
<script>
onload = async () => {
  const view = document.querySelector("iframe").contentWindow, page = view.document, told = {};
  const settled = () => new Promise((done) => setTimeout(done, 200));
  const shown = () => page.querySelectorAll("#examples article").length;
  const step = async (name, act) => { act(); await settled(); told[name] = shown(); };
  const places = () => [...page.querySelectorAll("#examples h3")].map((title) => Number(/:(\d+):\d+:\d+$/.exec(title.textContent)[1]));
  try {
    await step("all", () => {});
    told.places = places();
    const charts = [...page.querySelectorAll(".facet")];
    for (const [chart, name] of ["themes", "languages", "rules", "hosts"].entries()) {
      charts[chart].open = true;
      for (const [bar, made] of [...charts[chart].querySelectorAll("button.bar")].entries()) {
        await step(`${name} ${bar}`, () => made.click());
        told.fragments = (told.fragments ?? true) && view.location.hash !== "#all" && page.querySelectorAll(".chip").length === 1;
        made.click();
        await settled();
      }
    }
    await step("theme", () => page.querySelector("article .theme").click());
    await step("theme and host", () => page.querySelector("article .facts:last-child .tag").click());
    const search = page.getElementById("search");
    const type = (text) => { search.value = text; search.dispatchEvent(new view.Event("input")); };
    await step("cleared", () => [...page.querySelectorAll("#chips .plain")].forEach((made) => made.click()));
    await step("found", () => type("ORDINARY"));
    await step("not found", () => type("ordinary nowhere"));
    await step("all again", () => type(""));
    const order = page.getElementById("order");
    order.value = "score";
    order.dispatchEvent(new view.Event("change"));
    await settled();
    told.scores = [...page.querySelectorAll("article .end")].map((end) => parseInt(end.textContent, 10));
    page.querySelectorAll("details").forEach((details) => { details.open = true; });
    told.wide = page.documentElement.scrollWidth - page.documentElement.clientWidth;
  } catch (error) {
    told.error = String(error);
  }
  document.querySelector("output").textContent = JSON.stringify(told);
};
</script>
"##;

#[test]
fn filters_search_and_order_leave_what_they_should() {
    let Some(browser) = browser("filters_search_and_order_leave_what_they_should") else { return };
    let host = Host::new();
    let report = report(&host);
    let examples = report.data["examples"].as_array().unwrap();
    let count = |fits: &dyn Fn(&Value) -> bool| examples.iter().filter(|example| fits(example)).count();
    for width in [1280, 390] {
        let page = report.folder.path().join("reader.html");
        std::fs::write(&page, READER.replace("WIDTH", &width.to_string())).unwrap();
        // The reader's script may look into the frame only if files are of one origin.
        let seen = open(browser, &["--allow-file-access-from-files".to_owned()], &page);
        assert_eq!((seen.console, host.calls()), (vec![], 0));
        let told = seen.dom.split_once("<output>").unwrap().1.split_once("</output>").unwrap().0;
        let told: Value = serde_json::from_str(told).unwrap_or_else(|why| panic!("{why}: {told}"));
        assert_eq!(told.get("error"), None);
        for name in ["all", "cleared", "all again"] {
            assert_eq!(told[name], examples.len(), "{name}, {width}");
        }
        let places: Vec<u64> = told["places"].as_array().unwrap().iter().map(|line| line.as_u64().unwrap()).collect();
        assert!(places.len() == examples.len() && places.is_sorted(), "not in the order of the input: {places:?}");
        for (list, key) in [("themes", "theme"), ("languages", "languages"), ("rules", "rules"), ("hosts", "host")] {
            let bars = report.data[list].as_array().unwrap();
            assert!(bars.len() > 1, "{list}");
            for (n, bar) in bars.iter().enumerate() {
                let of = |example: &Value| match &example[key] {
                    Value::Array(names) => names.contains(&bar["name"]),
                    name => *name == bar["name"],
                };
                assert_eq!(told[format!("{list} {n}")], count(&of), "{}, {width}", bar["name"]);
            }
        }
        let first = examples.iter().find(|example| example["id"] == "ordinary").unwrap();
        let same = |example: &Value, keys: &[&str]| keys.iter().all(|&key| example[key] == first[key]);
        assert_eq!(told["theme"], count(&|example| same(example, &["theme"])), "{width}");
        assert_eq!(told["theme and host"], count(&|example| same(example, &["theme", "host"])), "{width}");
        assert_eq!((&told["fragments"], &told["found"], &told["not found"]), (&json!(true), &json!(1), &json!(0)));
        let scores: Vec<u64> = told["scores"].as_array().unwrap().iter().map(|score| score.as_u64().unwrap()).collect();
        assert!(scores.len() == examples.len() && scores.is_sorted(), "{scores:?}");
        assert_eq!(told["wide"], 0, "the page is wider than a window of {width}");
    }
}

/// The pixels of a PNG file of eight bits a channel, without a palette and not interlaced, as browsers write it.
fn pixels(png: &[u8]) -> (usize, usize, Vec<u32>) {
    let (mut packed, mut at) = (Vec::new(), 8);
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap()) as usize;
    while at < png.len() {
        if &png[at + 4..at + 8] == b"IDAT" {
            packed.extend_from_slice(&png[at + 8..at + 8 + number(at)]);
        }
        at += number(at) + 12;
    }
    let (width, height) = (number(16), number(20));
    let channels = match &png[24..29] {
        [8, 2, 0, 0, 0] => 3,
        [8, 6, 0, 0, 0] => 4,
        other => panic!("a PNG of another kind: {other:?}"),
    };
    let mut rows = Vec::new();
    flate2::read::ZlibDecoder::new(&packed[..]).read_to_end(&mut rows).unwrap();
    let line = width * channels;
    assert_eq!(rows.len(), (line + 1) * height);
    let mut above = vec![0u8; line];
    let mut pixels = Vec::new();
    for row in rows.chunks_exact_mut(line + 1) {
        let (filter, row) = row.split_first_mut().unwrap();
        for n in 0..line {
            let (left, corner) = if n < channels { (0, 0) } else { (row[n - channels], above[n - channels]) };
            let guess = match filter {
                0 => 0,
                1 => left,
                2 => above[n],
                3 => ((u16::from(left) + u16::from(above[n])) / 2) as u8,
                _ => paeth(left, above[n], corner),
            };
            row[n] = row[n].wrapping_add(guess);
        }
        pixels.extend(row.chunks_exact(channels).map(|c| u32::from_be_bytes([0, c[0], c[1], c[2]])));
        above.copy_from_slice(row);
    }
    (width, height, pixels)
}

/// Of three neighbours the one nearest to left + above - corner.
fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let estimate = i16::from(left) + i16::from(above) - i16::from(corner);
    *[left, above, corner].iter().min_by_key(|&&near| (estimate - i16::from(near)).abs()).unwrap()
}

#[test]
fn the_page_is_painted() {
    let Some(browser) = browser("the_page_is_painted") else { return };
    let report = report(&Host::new());
    for (width, height) in [(1280, 900), (500, 800)] {
        let image = report.folder.path().join("page.png");
        let options = [
            "--hide-scrollbars".to_owned(),
            format!("--window-size={width},{height}"),
            format!("--screenshot={}", image.display()),
        ];
        open(browser, &options, &report.path);
        let (found_width, found_height, pixels) = pixels(&std::fs::read(&image).unwrap());
        assert_eq!((found_width, found_height), (width, height));
        let mut colours: HashMap<u32, usize> = HashMap::new();
        for pixel in &pixels {
            *colours.entry(*pixel).or_default() += 1;
        }
        let most = colours.values().max().unwrap();
        assert!(colours.len() > 100 && most * 10 < pixels.len() * 9, "{} colours, {most} pixels of one", colours.len());
        // As `style.css` has them: bars everywhere, marked cuts where the window reaches down to them.
        assert!(colours.get(&0x5b8fc7).is_some_and(|&count| count > 1000), "no bars");
        if width > 1000 {
            assert!(colours.get(&0xffe0cc).is_some_and(|&count| count > 1000), "no cuts");
        }
    }
}
