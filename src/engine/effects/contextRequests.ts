/**
 * Job: what a client asks of the context: that it be made shorter.
 * Boundary: the wish is recorded; `decide` has it done when no step is half done.
 * Rules: G3 the wish names who. Refused where nothing would come of it, with why.
 */
import { stepsTold } from '../../run/context.ts';
import type { ContextWay } from '../../run/contextFacts.ts';
import { RequestRefused } from '../../protocol/refused.ts';
import type { Run } from '../run.ts';
import type { Handlers } from '../server.ts';

export function contextRequests(run: Run) {
  return {
    askContext: async ({ way }: { readonly way: ContextWay }, client: string) => {
      await run.decideAndRecord((state) => {
        if (state.ended !== null) throw new RequestRefused('The run has ended.');
        if (state.run?.task.recording !== undefined)
          throw new RequestRefused('The run plays a recording: what its prompts tell makes no difference.');
        if (state.context.pending !== null) throw new RequestRefused('A summary is being written already.');
        if (stepsTold(state) === 0 && state.step === null)
          throw new RequestRefused('There is nothing to leave out: no step was told since the context was begun.');
        return state.context.asked?.way === way ? [] : [{ type: 'context.asked', way, by: client }];
      });
      return null;
    },
  } satisfies Partial<Handlers>;
}
