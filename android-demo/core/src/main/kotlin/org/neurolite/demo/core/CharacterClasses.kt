package org.neurolite.demo.core

/** Classes of folded characters, made by offline/character_classes.py; section 4 of docs/hash-spec.md. */
internal object CharacterClasses {
    const val SEPARATOR: Int = 0
    const val LETTER: Int = 1
    const val PUNCTUATION: Int = 2
    const val ISOLATED: Int = 3
    const val MARK: Int = 4
    const val APOSTROPHE: Int = 5
    const val ACCENT: Int = 6

    /** Of a code point, from 0 to 0x1FFFFF. */
    fun of(code: Int): Int {
        val place = STARTS.binarySearch(code)
        return CLASSES[if (place >= 0) place else -2 - place] - '0'
    }

    private const val CLASSES =
        "025212121202127212121212121216761216121216262626161212127216121612161216161613234343423234343431" +
        "013432343434343431217102101374234317161612121072520702071261232123102323232364324317131313172621" +
        "71252121212343471217016171713431373"

    private const val HEX = 16

    private val STARTS = (
        "0 21 27 28 30 3a 41 5b 61 7b 7f a1 aa ab ad ae b2 b4 b5 b6 b9 bb bc bf c0 d7 d8 f7 f8 300 34f " +
        "350 370 385 386 483 48a 55a 560 589 58b 591 5be 5bf 5c0 5c1 5c3 5c4 5c6 5c7 5c8 5f3 5f5 60c 60e " +
        "61b 61c 61d 620 64b 660 66a 66e 670 671 6d4 6d5 93c 93d 964 966 9bc 9bd a3c a3d b3c b3d e00 e2f " +
        "e30 e31 e32 e34 e3b e47 e4f e50 e5a e5c eb1 eb2 eb4 ebd ec8 ecf f00 f0b f15 1000 102b 103f 104a " +
        "1050 1056 105a 105e 1061 1062 1065 1071 1075 1082 108e 10a0 10fb 10fc 115f 1161 1361 1362 1369 " +
        "1680 1681 1780 17b4 17b6 17d4 17db 17dd 17de 1800 180b 1810 1ab0 1acf 1dc0 1e00 1fc1 1fc2 1fed " +
        "1fef 2000 200b 2010 2018 201a 2028 202a 202f 2030 205f 2060 2070 20a0 20d0 20f1 2190 2600 27c0 " +
        "2c00 2e00 2e80 2fe0 3000 3001 3005 3008 3021 3030 3031 303d 3040 3099 309b 309d 30fb 30fc 30fd " +
        "3130 3164 3165 31a0 4dc0 4e00 a000 f900 fb00 fe00 fe10 fe20 fe30 fe70 feff ff00 ff01 ff07 ff08 " +
        "ff10 ff1a ff21 ff3b ff41 ff5b ff66 ff70 ff71 ff9e ffa0 ffa1 ffe0 ffe7 fff0 fff9 10000 110ba " +
        "110bb 1bca0 1bca4 1d173 1d17b 1f000 1f3fb 1f400 1fb00 20000 e0000 e1000 "
    ).trim().split(' ').map { it.toInt(HEX) }.toIntArray()
}
