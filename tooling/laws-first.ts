import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Starts the laws before all else: they take as long as half of it, and would be alone at the end. Vitest asks for a class. */
export class LawsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLaws = ({ moduleId }: TestSpecification): boolean => moduleId.endsWith('/tests/conformance.test.ts')
    return [...sorted.filter(isLaws), ...sorted.filter((file) => !isLaws(file))]
  }
}
