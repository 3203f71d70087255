/* The texts that every benchmark screen times, by their words; tests/golden/apps/statistics.json has them. */
export const TEXTS = {
  12: "does the corner bistro take reservations how come i can't get into",
  256:
    "does the corner bistro take reservations how come i can't get into my bank account anymore wake me " +
    "at seven tomorrow morning is there any news about my credit card application what's the apr on the " +
    "card in my wallet am i talking to a person or a machine how much money is left in my checking " +
    "account what do i owe on the electric bill this month by which day must i pay the water bill get me " +
    "a plane ticket from oslo to lisbon on friday find a hotel room in vienna for three nights in may " +
    "what is eighteen times twenty four what is on my calendar for thursday put a lunch with nina on my " +
    "calendar for monday how many calories are in a bowl of porridge please cancel my table at the " +
    "harbour grill tonight i want to rent a car in porto from the third to the ninth why did the shop " +
    "turn my card down this morning how big may a carry on bag be with this airline could you talk with a " +
    "scottish accent from now on your name is pepper switch your language to portuguese talk a bit slower " +
    "please call me captain from now on turn your volume up to six is my dinner reservation for saturday " +
    "confirmed how long does a turkey have to stay in the oven how high is the credit limit on my visa i " +
    "would like a higher credit limit on my card where am i right now my bank card",
};
