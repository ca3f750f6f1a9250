/**
 * Job: which languages a new task offers, how each is built and run where nobody says otherwise, and by what a folder shows it.
 * Boundary: pure; `survey.ts` looks at the folder.
 */

export interface FolderLook {
  /** Names at the top of the folder. */
  readonly names: readonly string[];
  /** The text of a file at the top; empty where it is not there. */
  readonly text: (name: string) => string;
}

export interface Commands {
  readonly build?: string;
  readonly run: readonly string[];
}

export interface Language {
  readonly label: string;
  /** As `candidate.language` names it. */
  readonly id: string;
  /** Any of these at the top of a folder, or ending with `*`'s rest, shows it. */
  readonly marks: readonly string[];
  /** All are needed. */
  readonly programs: readonly string[];
  readonly commands: (look: FolderLook) => Commands;
}

/** In the order in which they are offered when a folder shows none. */
export const languages: readonly Language[] = [
  compiled('Go', 'go', ['go.mod', '*.go'], ['go'], 'go build -o main .'),
  {
    label: 'Rust',
    id: 'rust',
    marks: ['Cargo.toml', '*.rs'],
    programs: ['cargo'],
    commands: ({ names, text }) => {
      const name = /^\s*name\s*=\s*"([^"]+)"/m.exec(text('Cargo.toml'))?.[1];
      return names.includes('Cargo.toml')
        ? { build: 'cargo build --release --offline', run: [`./target/release/${name ?? 'main'}`] }
        : { build: 'rustc -O -o main main.rs', run: ['./main'] };
    },
  },
  interpreted('Python', 'python', ['pyproject.toml', 'setup.py', '*.py'], 'python3', 'py'),
  {
    label: 'TypeScript',
    id: 'typescript',
    marks: ['tsconfig.json', '*.ts'],
    programs: ['node'],
    commands: ({ names }) => ({ run: ['node', mainOf(names, 'ts')] }),
  },
  {
    label: 'JavaScript',
    id: 'javascript',
    marks: ['package.json', '*.js', '*.mjs'],
    programs: ['node'],
    commands: ({ names, text }) => ({ run: ['node', mainOfPackage(text('package.json')) ?? mainOf(names, 'js')] }),
  },
  withMake(compiled('C', 'c', ['*.c', 'Makefile'], ['cc'], 'cc -O2 -o main *.c')),
  withMake(compiled('C++', 'c++', ['*.cpp', '*.cc', 'CMakeLists.txt'], ['c++'], 'c++ -O2 -o main *.cpp')),
  {
    label: 'Java',
    id: 'java',
    marks: ['pom.xml', 'build.gradle', '*.java'],
    programs: ['javac', 'java'],
    commands: () => ({ build: 'javac -d out *.java', run: ['java', '-cp', 'out', 'Main'] }),
  },
  {
    label: 'Perl',
    id: 'perl',
    marks: ['Makefile.PL', 'cpanfile', '*.pl'],
    programs: ['perl'],
    commands: ({ names }) => ({ build: `perl -c ${mainOf(names, 'pl')}`, run: ['perl', mainOf(names, 'pl')] }),
  },
  interpreted('Ruby', 'ruby', ['Gemfile', '*.rb'], 'ruby', 'rb'),
  interpreted('PHP', 'php', ['composer.json', '*.php'], 'php', 'php'),
  interpreted('Lua', 'lua', ['*.lua'], 'lua', 'lua'),
  compiled('Haskell', 'haskell', ['*.cabal', 'stack.yaml', '*.hs'], ['ghc'], 'ghc -O -outputdir build -o main Main.hs'),
  compiled('OCaml', 'ocaml', ['dune-project', '*.ml'], ['ocamlopt'], 'ocamlopt -o main main.ml'),
  compiled('Zig', 'zig', ['build.zig', '*.zig'], ['zig'], 'zig build-exe -O ReleaseSafe main.zig'),
  interpreted('Shell', 'sh', ['*.sh'], 'sh', 'sh'),
];

/** The first mark that a folder shows; null: none. */
export function markIn({ marks }: Language, names: readonly string[]): string | null {
  for (const mark of marks) {
    const found = mark.startsWith('*')
      ? names.find((name) => name.endsWith(mark.slice(1)) && !name.startsWith('.'))
      : names.find((name) => name === mark);
    if (found !== undefined) return found;
  }
  return null;
}

function compiled(label: string, id: string, marks: string[], programs: string[], build: string): Language {
  return { label, id, marks, programs, commands: () => ({ build, run: ['./main'] }) };
}

function withMake(language: Language): Language {
  const commands = (look: FolderLook): Commands =>
    look.names.includes('Makefile') ? { build: 'make', run: ['./main'] } : language.commands(look);
  return { ...language, commands };
}

function interpreted(label: string, id: string, marks: string[], program: string, ending: string): Language {
  return {
    label,
    id,
    marks,
    programs: [program],
    commands: ({ names }) => ({ run: [program, mainOf(names, ending)] }),
  };
}

/** `main.x`, where it is there or where there is no single file of the kind. */
function mainOf(names: readonly string[], ending: string): string {
  const usual = `main.${ending}`;
  const found = names.filter((name) => name.endsWith(`.${ending}`) && !name.startsWith('.'));
  return found.length === 1 ? (found[0] ?? usual) : usual;
}

function mainOfPackage(text: string): string | null {
  try {
    const { main } = JSON.parse(text) as { readonly main?: unknown };
    return typeof main === 'string' && main !== '' ? main : null;
  } catch {
    return null; // absent, or not JSON yet: the usual name will do
  }
}
