/** Whose request it is. Put your own authentication here: everything below trusts it, and nothing that a page sends. */
export async function currentUserProfileId(): Promise<string> {
  const id = process.env.DEMO_USER_PROFILE_ID;
  if (!id) throw new Error("Nobody is signed in: set DEMO_USER_PROFILE_ID, or use your authentication here.");
  return id;
}
