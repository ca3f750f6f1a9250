/** Job: all cases, in the order of the table. */
import type { Case } from './case.ts';
import { contentCases } from './contents.ts';
import { diskFullCases } from './diskFull.ts';
import { ignoredCases } from './ignored.ts';
import { killedCases } from './killed.ts';
import { manyCase } from './many.ts';
import { movingCase } from './moving.ts';
import { nameCases } from './names.ts';
import { plainCases } from './plain.ts';
import { repositoryCases } from './repositories.ts';
import { userGitCases } from './userGit.ts';

export const checkpointCases: Readonly<Record<string, readonly Case[]>> = {
  'Files, folders, links': plainCases,
  'What is ignored': ignoredCases,
  Repositories: repositoryCases,
  'Your git, during the run': userGitCases,
  Content: contentCases,
  Names: nameCases,
  'When something goes wrong': [movingCase, ...diskFullCases, ...killedCases],
  'A long run': [manyCase],
};
