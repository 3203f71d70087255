/* What the page may ask of its worker, and the module that answers; each is loaded when it is first asked. */
const reading = async () => (await import("./reading.js")).READING;
const talking = async () => (await import("./talking.js")).TALKING;
const learning = async () => (await import("./learning.js")).LEARNING;
const writing = async () => (await import("./writing.js")).WRITING;
const measuring = async () => (await import("./measuring.js")).MEASURING;

const CALLS = {
  open: reading,
  answer: reading,
  turn: talking,
  forget: talking,
  learned: learning,
  teach: learning,
  unteach: learning,
  forgetLabel: learning,
  forgetAll: learning,
  try: learning,
  exportStore: learning,
  importStore: learning,
  offer: writing,
  write: writing,
  next: writing,
  measure: measuring,
  judged: measuring,
};

/** What is found for a call; rejects with an error for people. */
export async function answerTo(what, asked) {
  return (await CALLS[what]())[what](asked);
}
