/** One question at a time before something that cannot be undone. `ConfirmHost` shows it. */
export interface Question {
  title: string;
  /** What will happen, and what is lost; one paragraph each. */
  text: string[];
  /** The word on the button that does it. */
  action: string;
  danger?: boolean;
}

interface Asked extends Question {
  answer: (yes: boolean) => void;
}

class Confirmation {
  asked = $state.raw<Asked | undefined>(undefined);
}

export const confirmation = new Confirmation();

/** Asks; an earlier question that is still open counts as "no". */
export function confirm(question: Question): Promise<boolean> {
  confirmation.asked?.answer(false);
  return new Promise((resolve) => {
    const answer = (yes: boolean) => {
      confirmation.asked = undefined;
      resolve(yes);
    };
    confirmation.asked = { ...question, answer };
  });
}
