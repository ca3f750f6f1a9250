/**
 * Job: what a client asks of the prompts: that they be made shorter, or that the other model be asked.
 * Boundary: the wish is recorded; `decide` has it done when no step is half done.
 * Rules: G3 the wish names who. Refused where nothing would come of it, with why.
 */
import { modelToSwitchTo } from '../../run/models.ts';
import { stepsTold } from '../../run/context.ts';
import type { ContextWay } from '../../run/contextFacts.ts';
import { RequestRefused } from '../../protocol/refused.ts';
import type { Run } from '../run.ts';
import type { Handlers } from '../server.ts';

interface ContextPorts {
  readonly run: Run;
  /** Runs work between two effects, with no call on its way: what a call costs is its own model's price. */
  readonly command: (work: () => Promise<null>) => Promise<null>;
}

export function contextRequests({ run, command }: ContextPorts) {
  return {
    switchModel: ({ name }: { readonly name: string }, client: string) =>
      command(async () => {
        await run.decideAndRecord((state) => {
          if (state.ended !== null) throw new RequestRefused('The run has ended.');
          const model = modelToSwitchTo(state);
          if (model === null)
            throw new RequestRefused('The task names no other model: stalls.otherModel in belay.json.');
          if (model.name !== name) throw new RequestRefused(`${name} answers already, or is not the task’s.`);
          return [{ type: 'model.changed', model, by: client }];
        });
        return null;
      }),
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
