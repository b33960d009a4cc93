// The numbers of the system calls that are made by number: what the C library has no function for, or one that
// does something else besides.
import { arch } from 'node:os';

interface Numbers {
  setgroups: number;
  setresuid: number;
  setresgid: number;
  pivotRoot: number;
  getdents64: number;
}

const generic: Numbers = { setgroups: 159, setresuid: 147, setresgid: 149, pivotRoot: 41, getdents64: 61 };
const numbers: Record<string, Numbers> = {
  x64: { setgroups: 116, setresuid: 117, setresgid: 119, pivotRoot: 155, getdents64: 217 },
  arm64: generic,
  riscv64: generic,
  loong64: generic,
  arm: { setgroups: 206, setresuid: 208, setresgid: 210, pivotRoot: 218, getdents64: 217 },
  ppc64: { setgroups: 81, setresuid: 164, setresgid: 169, pivotRoot: 203, getdents64: 202 },
  s390x: { setgroups: 206, setresuid: 208, setresgid: 210, pivotRoot: 217, getdents64: 220 },
};

/** Throws an Error with a sentence on a processor type that is not known. */
export function callNumber(name: keyof Numbers): number {
  const table = numbers[arch()];
  if (table === undefined) throw new Error(`The processor type ${arch()} is not supported.`);
  return table[name];
}
