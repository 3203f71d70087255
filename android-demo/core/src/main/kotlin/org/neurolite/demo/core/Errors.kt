package org.neurolite.demo.core

/** What was given cannot be; the message is for people, and says what to do. */
public open class InputException(message: String, cause: Throwable? = null) : Exception(message, cause)

/** A model's file that cannot be opened. */
public class ArtifactException(message: String, cause: Throwable? = null) : InputException(message, cause)

/** A store of learned examples that cannot be read. */
public class StoreException(message: String, cause: Throwable? = null) : InputException(message, cause)

/** A saved conversation that cannot be read. */
public class StateException(message: String, cause: Throwable? = null) : InputException(message, cause)
