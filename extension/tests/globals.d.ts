/** The folder that holds this file, at run time. */
declare const TESTS: string;
