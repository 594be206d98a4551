/**
 * The five problems of the seed notebook, restated. `answer` is the value given there, and
 * `verifiedAnswer` the right one; null where the statement does not determine one.
 */

import type { Dataset, DatasetSource } from './types.js'

const dataset: Dataset = {
  name: 'seed-aime',
  path: null,
  problems: [
    {
      id: '1',
      problem:
        'Asha and Sasha stand at opposite ends of a street that is 4 blocks long. Every morning ' +
        'each of them, independently of the other, decides at random to walk left or right. The ' +
        'probability that they meet is m/n in lowest terms. Find m+n.',
      answer: '31',
      verifiedAnswer: null,
      note: 'as given in the seed; the statement does not determine it',
    },
    {
      id: '2',
      problem:
        'Real numbers x and y, both greater than 1, satisfy log_x(y^x) = log_y(x^(4y)) = 10. ' +
        'Find xy.',
      answer: '25',
      verifiedAnswer: '25',
    },
    {
      id: '3',
      problem:
        'Alice and Bob take turns, Alice first. On a turn a player chooses an integer from 1 to ' +
        '6 and adds it to the running total, which starts at 0. Whoever brings the total to ' +
        'exactly 2024 wins. What is the smallest first move with which Alice can force a win?',
      answer: '5',
      verifiedAnswer: '1',
      note: '2024 mod 7 = 1; the seed gives 5',
    },
    {
      id: '4',
      problem:
        'Positive real numbers x, y and z satisfy log_2(x/(yz)) = 1/2, log_2(y/(xz)) = 1/3 and ' +
        'log_2(z/(xy)) = 1/4. The value of |log_2(x^4 y^3 z^2)| is p/q in lowest terms. Find p+q.',
      answer: '33',
      verifiedAnswer: '33',
    },
    {
      id: '5',
      problem:
        'Rectangle ABCD has AB = 10 and BC = 4, and M is the midpoint of CD. Triangle AMB is ' +
        'removed. The perimeter of what is left is a+b*sqrt(c) in simplest form. Find a+b+c.',
      answer: '18',
      verifiedAnswer: '61',
      note: '18+2*sqrt(41); the seed gives 18',
    },
  ],
}

export const seedAime: DatasetSource = { name: dataset.name, load: async () => dataset }
