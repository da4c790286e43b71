// What a person does: answers, goes on to what is undecided, gives reasons, takes back.

function update(item, answer) {
  decide(item, answer === answerOfItem(item) ? OPEN : answer);
  refresh();
  endIfDone(answer);
}

/** The card that is chosen; the first where none is. */
function chosenCard() {
  if (chosen < 0 && current.items.length) choose(0);
  return cards[chosen];
}

function answer(value) {
  const card = chosenCard();
  if (!card || !canDecideItem(card.item)) return;
  decide(card.item, value);
  refresh();
  if (value !== OPEN && !endIfDone(value) && !filters.decision) nextUndecided(true);
}

/** Rejects and asks why. */
function rejectWithReason() {
  const card = chosenCard();
  if (!card || !canDecideItem(card.item)) return;
  const own = ownDecision(card.item);
  if (!own || own.answer !== REJECTED) decide(card.item, REJECTED);
  const { item } = card;
  refresh();
  const place = current.items.findIndex((each) => each.of === item);
  if (place < 0) return; // a filter hides what is decided
  choose(place);
  cards[place].explain();
}

/** Whether there was something left to decide after the chosen one, or before it; `isQuiet` stays where nothing is. */
function nextUndecided(isQuiet) {
  const { items } = current;
  const start = chosen < 0 ? 0 : chosen + 1;
  for (let step_ = 0; step_ < items.length; step_ += 1) {
    const place = (start + step_) % items.length;
    if (!isLeft(items[place].of)) continue;
    choose(place);
    return true;
  }
  if (isQuiet) step(1);
  else if (isFiltered() && countAnswers(repositories)[OPEN]) {
    change({ ...DEFAULTS, view: filters.view, sort: filters.sort, group: filters.group, diff: filters.diff });
    return nextUndecided(true);
  } else if (canDecide) showEnd();
  return false;
}

/** Takes the last decision back and goes there. */
function goBack() {
  const item = lately[lately.length - 1];
  if (!item) return;
  decide(item, OPEN);
  const view = isUnit(item) ? "kinds" : "repositories";
  if (view !== filters.view || !current.items.some((each) => each.of === item)) {
    change({ ...DEFAULTS, view, sort: filters.sort, group: filters.group, diff: filters.diff });
  }
  refresh();
  choose(current.items.findIndex((each) => each.of === item));
}

let wasLeft = 0;

/** At the end of the review: what to do now. Who changes an answer then is not told again. */
function endIfDone(value) {
  const left = countAnswers(repositories)[OPEN];
  const isEnd = wasLeft > 0 && left === 0 && value !== OPEN;
  wasLeft = left;
  if (isEnd) showEnd();
  return isEnd;
}

function showEnd() {
  const [open, yes, no] = countAnswers(repositories);
  if (open || byId("end").open) return;
  byId("end-about").textContent = `${number(yes)} approved, ${number(no)} rejected. Export the decisions and take them up.`;
  byId("end").showModal();
}
