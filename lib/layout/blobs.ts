// The blobs of an OCI image layout: files named by the digest of what they hold.
// https://github.com/opencontainers/image-spec/blob/main/image-layout.md
import fs from 'node:fs';
import { join } from 'node:path';
import { digestOf, isDigest } from '../image/digest.js';
import type { Descriptor, Digest } from '../image/manifest.js';
import type { Shape } from './shapes.js';

/** Where a layout keeps its blobs. */
export const blobsFolder = 'blobs/sha256';

/** JSON documents of a layout are read whole; containerd and Docker have limits of this size too. */
const largestDocument = 32 * 1024 * 1024;

/**
 * The path of a blob.
 * @throws Error for what is no sha256 digest, so that no document can name a file elsewhere
 */
export function blobPath(directory: string, digest: string): string {
  if (!isDigest(digest))
    throw new Error(`The layout ${directory} names a blob ${digest}, which is no sha256 digest.`);
  return join(directory, blobsFolder, digest.slice('sha256:'.length));
}

/**
 * A JSON document that a descriptor points to, verified.
 * @throws Error with a sentence where the blob is missing, is not what the descriptor says, or has not the shape
 */
export function readDocument<Document>(directory: string, descriptor: Descriptor, shape: Shape): Document {
  const file = blobPath(directory, descriptor.digest);
  const bytes = readSmall(file);
  if (bytes.length !== descriptor.size || digestOf(bytes) !== descriptor.digest)
    throw new Error(
      `The blob ${file} is damaged: it does not have the size or the digest that the layout says.`,
    );
  return parseJson(bytes, file, shape);
}

/** @throws Error with a sentence where the file is missing, too large or has not the shape */
export function readJsonFile<Document>(file: string, shape: Shape): Document {
  return parseJson(readSmall(file), file, shape);
}

/** Writes a JSON document as a blob, whole or not at all. */
export function writeDocument(directory: string, mediaType: string, document: object): Descriptor {
  const bytes = Buffer.from(JSON.stringify(document));
  const digest = digestOf(bytes);
  const file = blobPath(directory, digest);
  writeWhole(file, bytes);
  return { mediaType, digest, size: bytes.length };
}

/** Has a file's content under a blob's name: as another link to it, or as a copy where links cannot be. */
export function addBlob(directory: string, digest: Digest, file: string): void {
  const blob = blobPath(directory, digest);
  const aside = temporaryName(blob);
  try {
    try {
      fs.linkSync(file, aside);
    } catch {
      fs.copyFileSync(file, aside, fs.constants.COPYFILE_FICLONE);
    }
    fs.renameSync(aside, blob);
  } finally {
    fs.rmSync(aside, { force: true });
  }
}

/** Writes a file aside and renames it, so that it is there whole or not at all. */
export function writeWhole(file: string, bytes: Buffer): void {
  const aside = temporaryName(file);
  try {
    fs.writeFileSync(aside, bytes);
    fs.renameSync(aside, file);
  } finally {
    fs.rmSync(aside, { force: true });
  }
}

/** Never a digest, so never taken for a blob. */
const temporaryName = (file: string) => `${file}.${process.pid}.tmp`;

function readSmall(file: string): Buffer {
  const size = fileSize(file);
  if (size === undefined) throw new Error(`${file} is missing: the layout is not complete.`);
  if (size > largestDocument)
    throw new Error(`${file} is ${size} bytes long, too long for a document of a layout.`);
  return fs.readFileSync(file);
}

/**
 * The size of a file of a layout; undefined where it is not there.
 * @throws Error with a sentence for what is no regular file: a pipe or a device could be read without end
 */
export function fileSize(file: string): number | undefined {
  const stats = fs.statSync(file, { throwIfNoEntry: false });
  if (stats === undefined || stats.isFile()) return stats?.size;
  throw new Error(`${file} is not a regular file, so the layout cannot be read.`);
}

function parseJson<Document>(bytes: Buffer, file: string, shape: Shape): Document {
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new Error(`${file} is not JSON.`);
  }
  const misfit = shape(document);
  if (misfit === '') throw new Error(`${file} is not a JSON object.`);
  if (misfit !== undefined)
    throw new Error(`${file} is malformed: ${misfit} is missing or not what the OCI specification says.`);
  return document as Document;
}
