/**
 * Job: who answers this task's model calls.
 * Boundary: chosen once when the engine opens a run; the effects see only `call`.
 */
import type { Recording } from '../../run/recording.ts';
import type { Task } from '../../run/task.ts';
import { ManualModel } from './manual.ts';
import { recordedModel } from './recorded.ts';
import { requestModel } from './requestModel.ts';
import type { CallModel } from './request.ts';

export interface ModelSource {
  readonly call: CallModel;
  /** Where a person answers; null otherwise. */
  readonly manual: ManualModel | null;
}

export interface SourcePorts {
  /** For the prompts of a model by hand. */
  readonly folder: string;
  /** Of a recorded model; null otherwise. */
  readonly recording: Recording | null;
  readonly contentDigest: () => Promise<string>;
}

/** @throws when a recorded model comes without its recording */
export function modelSource(model: Task['model'], { folder, recording, contentDigest }: SourcePorts): ModelSource {
  switch (model.provider) {
    case 'manual': {
      const manual = new ManualModel(folder);
      return { call: manual.call, manual };
    }
    case 'recorded': {
      if (recording === null) throw new Error('the recording was not read');
      return {
        call: recordedModel({ recording, contentDigest, secondsPerAnswer: model.secondsPerAnswer }),
        manual: null,
      };
    }
    default:
      return { call: requestModel, manual: null };
  }
}
