import { algorithms } from '../src/comparison/algorithms.ts'
import {
  type Answer,
  algorithmOf,
  bytesPerKey,
  chosenBy,
  type Objection,
  objectionsAgainstOthers,
  questions,
} from '../src/comparison/chooser.ts'
import { durationText } from '../src/comparison/duration-text.ts'
import { initialSettings, writeLink } from '../src/comparison/link.ts'
import { programOf } from '../src/comparison/program.ts'
import { scenarios } from '../src/comparison/scenarios.ts'
import { escaped } from '../src/picture/svg.ts'
import { byId } from './by-id.ts'
import { offerCopy } from './take-home.ts'

/** Three questions that lead to one algorithm, what it costs, and where each other one fails. */
export function chooser(): void {
  const answers: (Answer | undefined)[] = questions.map(() => undefined)
  const fieldsets = questions.map((_, i) =>
    makeQuestion(i, (answer) => {
      answers[i] = answer
      void show()
    }),
  )
  byId('questions').append(...fieldsets)

  async function show(): Promise<void> {
    const { id, asked } = chosenBy(answers)
    for (const [i, fieldset] of fieldsets.entries()) fieldset.disabled = i >= asked
    const isDecided = answers[asked - 1] !== undefined
    const objections = isDecided ? await objectionsAgainstOthers(id) : []
    // Another answer may have been given meanwhile.
    if (chosenBy(answers).id === id) showChoice(id, isDecided, objections)
  }
  void show()
}

function makeQuestion(index: number, onAnswer: (answer: Answer) => void): HTMLFieldSetElement {
  const { text, yes, no } = questions[index] ?? { text: '', yes: '', no: '' }
  const fieldset = document.createElement('fieldset')
  const choice = (answer: Answer, label: string): string =>
    `<label><input type="radio" name="question-${index}" value="${answer}" /> ${escaped(label)}</label>`
  fieldset.innerHTML = `<legend>${index + 1}. ${escaped(text)}</legend>${choice('yes', yes)} ${choice('no', no)}`
  fieldset.addEventListener('change', ({ target }) => onAnswer((target as HTMLInputElement).value as Answer))
  return fieldset
}

function showChoice(id: string, isDecided: boolean, objections: readonly Objection[]): void {
  const { limit, window } = initialSettings
  const algorithm = algorithmOf(id)
  const code = algorithm.code(initialSettings)
  const others = algorithms.filter((one) => one.isOpenAtFirst && one !== algorithm)
  const prices = others.map((one) => `${one.subject} ${bytesPerKey(one, initialSettings)}`)
  byId('choice').innerHTML = `<p>${isDecided ? 'Take' : 'In doubt, take'} <b>${algorithm.subject}</b>:
    <code>${escaped(code)}</code> <button type="button">Copy this program</button></p>
    <p>With ${limit} per ${durationText(window)}, a key takes at most <b>${bytesPerKey(algorithm, initialSettings)} bytes</b> in memory;
      ${prices.join(', ')}.</p>
    <ul>${objections.map(objectionItem).join('')}</ul>`
  byId('choice')
    .querySelector('button')
    ?.addEventListener('click', () =>
      offerCopy(`The program with ${algorithm.subject}`, programOf(algorithm, initialSettings)),
    )
}

function objectionItem({ algorithm, scenario, settings, text }: Objection): string {
  const link = `<a href="${escaped(writeLink(settings))}">${escaped(scenarios[scenario].title)}</a>`
  return `<li>Not ${algorithm.subject}: it ${escaped(text)} (${link}).</li>`
}
