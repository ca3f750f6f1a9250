/**
 * Job: who answers this task's model calls.
 * Boundary: chosen once when the engine opens a run; the effects see only `call`.
 */
import type { Task } from '../../run/task.ts';
import { ManualModel } from './manual.ts';
import { requestModel } from './requestModel.ts';
import type { CallModel } from './request.ts';
import { WindowModels } from './windowModels.ts';

export interface ModelSource {
  readonly call: CallModel;
  /** Where a person answers; null otherwise. */
  readonly manual: ManualModel | null;
  /** Where windows are asked; null otherwise. */
  readonly windows: WindowModels | null;
}

/** @param folder for the prompts of a model by hand; @param played who answers for a recorded model */
export function modelSource(model: Task['model'], folder: string, played: CallModel | null): ModelSource {
  switch (model.provider) {
    case 'manual': {
      const manual = new ManualModel(folder);
      return { call: manual.call, manual, windows: null };
    }
    case 'recorded':
      if (played === null) throw new Error('the recording was not read');
      return { call: played, manual: null, windows: null };
    case 'vscode': {
      const windows = new WindowModels();
      return { call: windows.call, manual: null, windows };
    }
    default:
      return { call: requestModel, manual: null, windows: null };
  }
}
