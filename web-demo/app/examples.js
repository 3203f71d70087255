/* Texts to try, by the model's name; those of any other model are of many kinds. */
const BY_NAME = {
  intents: [
    "wake me up at seven tomorrow",
    "what's on my calendar for friday",
    "my card was stolen, block it",
    "send 200 dollars to my brother",
    "call an ambulance",
    "why do cats purr",
  ],
  dialogues: ["book a table for tonight", "for four people at seven", "I also need a cab"],
};
const OTHERS = [
  "book a table for two at seven",
  "wake me up tomorrow",
  "wie wird das Wetter in Wien",
  "明日の天気は",
  "ما هو الطقس غدا",
];

export const examplesOf = (name) => BY_NAME[name] ?? OTHERS;

/** What a first lesson may be: three labels, two examples each. */
export const LESSONS = [
  ["order food", "a large pizza margherita, please"],
  ["order food", "I am hungry, get me two burgers"],
  ["tidy up", "vacuum the living room"],
  ["tidy up", "please clean the kitchen floor"],
  ["water plants", "the tomatoes look dry"],
  ["water plants", "give the flowers some water"],
];
