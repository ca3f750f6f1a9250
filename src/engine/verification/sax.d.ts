/**
 * Job: the part of sax that `junit.ts` uses, typed as strict mode and without namespaces has it; the package brings no types.
 */
declare module 'sax' {
  export interface Tag {
    readonly name: string;
    readonly attributes: Readonly<Record<string, string>>;
  }

  export interface Parser {
    onerror: (error: Error) => void;
    ondoctype: (text: string) => void;
    onopentag: (tag: Tag) => void;
    onclosetag: (name: string) => void;
    ontext: (text: string) => void;
    oncdata: (text: string) => void;
    write(text: string): Parser;
    close(): Parser;
  }

  const sax: { readonly parser: (strict: boolean) => Parser };
  export default sax;
}
