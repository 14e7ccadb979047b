"""Texts: clean, tell the language, split into sentences, segment into words, count. English and Chinese."""

from workbench.text.clean import clean
from workbench.text.language import LANGUAGE_NAMES, foreign, language_of
from workbench.text.replies import own_sentences, replies
from workbench.text.segment import Segmenter, catalogue_words, words
from workbench.text.sentences import Sentence, sentences
from workbench.text.vocabulary import vocabulary

__all__ = ["LANGUAGE_NAMES", "Segmenter", "Sentence", "catalogue_words", "clean", "foreign", "language_of",
           "own_sentences", "replies", "sentences", "vocabulary", "words"]
